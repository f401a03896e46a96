import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mock } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { newId } from '#contracts/values/ids.ts';
import { getOrder } from '#orders/order/get-orders.ts';
import { createHints } from '#orders/stream/hints.ts';
import { createLogger } from '#platform/process/logger.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

const TABLES = ['orders', 'outbox', 'order_events', 'idempotency_keys'] as const;

/** What payments goes by. */
function endOf(orderId: string): string {
  return orderId.slice(-16);
}

describe('placing an order', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());
  afterEach(() => mock.restoreAll());

  const idempotency = (key: string) => ({ key, requestHash: createHash('sha256').update(key).digest() });
  const counts = async () => Promise.all(TABLES.map(async (table) => shop.count(table)));

  it('has an id that ends alike for the same customer and key only', async () => {
    const [userId, other] = [newId(), newId()];
    const place = async (by: string, key: string) => {
      const { reply } = await shop.place({ userId: by, idempotency: idempotency(key) });
      // As if the database had been restored to before.
      await sql`delete from idempotency_keys`.execute(shop.db);
      return reply.orderId;
    };
    const first = await place(userId, 'one');
    const repeated = await place(userId, 'one');
    assert.ok(repeated > first);
    assert.equal(endOf(repeated), endOf(first));
    const ids = [first, await place(userId, 'two'), await place(other, 'one')];
    ids.push((await shop.place({ userId })).reply.orderId, (await shop.place({ userId })).reply.orderId);
    assert.equal(new Set(ids.map(endOf)).size, ids.length);
    for (const id of [...ids, repeated])
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  });

  it('commits the order, what is due for it, its first event and the reply to repeat', async () => {
    const userId = newId();
    const before = await counts();
    const { reply, replayed } = await shop.place({
      userId,
      amount: 1250n,
      idempotency: idempotency('four rows'),
    });
    assert.deepEqual(
      await counts(),
      before.map((count) => count + 1),
    );
    const { orderId, createdAt, updatedAt, ...order } = reply;
    assert.equal(replayed, false);
    assert.deepEqual(order, {
      userId,
      amount: 1250n,
      currency: 'EUR',
      currencyDigits: 2,
      description: null,
      status: 'created',
      statusCode: 0,
      captureMethod: 'automatic',
      captureBefore: null,
      captureRequestedAt: null,
      amountCapturable: 0n,
      amountCaptured: 0n,
      amountRefunded: 0n,
      failureReason: null,
      cancelRequestedAt: null,
      cancellationReason: null,
    });
    assert.equal(createdAt, updatedAt);
    assert.deepEqual(await getOrder(shop.db, { userId, readsAll: false }, orderId), reply);
    assert.deepEqual(await shop.eventsOf(orderId), ['created']);
    const { rows } = await sql`
      select kind, traceparent, due_at <= now() as is_due, attempts, dispatched_at from outbox
      where order_id = ${orderId}`.execute(shop.db);
    assert.deepEqual(rows, [
      { kind: 'pay', traceparent: TRACEPARENT, isDue: true, attempts: 0, dispatchedAt: null },
    ]);
  });

  for (const table of TABLES) {
    it(`leaves no trace when it fails at ${table}`, async () => {
      await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'no room'; end $$`.execute(
        shop.db,
      );
      await sql`create trigger fail before insert on ${sql.table(table)} execute function fail()`.execute(
        shop.db,
      );
      try {
        const before = await counts();
        let hints = 0;
        const placed = shop.place({ idempotency: idempotency(table), hintRelay: () => void hints++ });
        await assert.rejects(placed, /no room/);
        assert.deepEqual(await counts(), before);
        assert.equal(hints, 0);
      } finally {
        await sql`drop function fail cascade`.execute(shop.db);
      }
    });
  }

  it('costs one round trip', async () => {
    await shop.count('orders');
    const query = mock.method(pg.Client.prototype, 'query');
    await shop.place({ idempotency: idempotency('one round trip') });
    assert.equal(query.mock.callCount(), 1);
  });

  it('hints to the relay only when the order is there to be found', async () => {
    const userId = newId();
    const found: Promise<number>[] = [];
    const ordersOfUser = async () =>
      (await shop.db.selectFrom('orders').selectAll().where('userId', '=', userId).execute()).length;
    await shop.place({ userId, hintRelay: () => void found.push(ordersOfUser()) });
    assert.deepEqual(await Promise.all(found), [1]);
  });

  it('reaches every listener for hints', async () => {
    const listener = new pg.Client({ connectionString: shop.url });
    await listener.connect();
    try {
      const hinted = new Promise((resolve) =>
        listener.once('notification', ({ channel }) => resolve(channel)),
      );
      await listener.query(`listen ${OUTBOX_CHANNEL}`);
      await shop.place({ hintRelay: createHints(shop.db, createLogger('test', 'fatal')).outboxWritten });
      assert.equal(await hinted, OUTBOX_CHANNEL);
    } finally {
      await listener.end();
    }
  });

  it('with one Idempotency-Key makes one order, however many come at once', async () => {
    const userId = newId();
    const order = { userId, idempotency: idempotency('at once') };
    const results = await Promise.allSettled(Array.from({ length: 40 }, async () => shop.place(order)));
    const replies = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refusals = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    assert.equal(replies.filter(({ replayed }) => !replayed).length, 1);
    for (const refusal of refusals) assert.ok(isProblem('idempotency_key_in_flight')(refusal));
    const { reply, replayed } = await shop.place(order);
    assert.equal(replayed, true);
    for (const one of replies) assert.deepEqual(one.reply, reply);
    const orders = await shop.db
      .selectFrom('orders')
      .select('orderId')
      .where('userId', '=', userId)
      .execute();
    assert.deepEqual(orders, [{ orderId: reply.orderId }]);
  });

  describe('of a user who has as many undecided orders as allowed', () => {
    const userId = newId();
    const mostUndecided = 3;
    const place = async (key: string) => shop.place({ userId, mostUndecided, idempotency: idempotency(key) });
    before(async () => {
      for (const key of ['first', 'second', 'third']) await place(key);
    });

    it('is refused, leaves no trace and gives no hint', async () => {
      const before = await counts();
      let hints = 0;
      await assert.rejects(
        shop.place({ userId, mostUndecided, hintRelay: () => void hints++ }),
        isProblem('too_many_undecided_orders'),
      );
      await assert.rejects(place('fourth'), isProblem('too_many_undecided_orders'));
      assert.deepEqual(await counts(), before);
      assert.equal(hints, 0);
    });

    it('is still answered as before when it is a repeat', async () => {
      assert.equal((await place('second')).replayed, true);
      const other = { ...idempotency('second'), requestHash: idempotency('something else').requestHash };
      await assert.rejects(
        shop.place({ userId, mostUndecided, idempotency: other }),
        isProblem('idempotency_key_reused'),
      );
    });

    it('is placed when one of them is decided, and refuses nobody else', async () => {
      await shop.place({ mostUndecided: 1 });
      await sql`
        update orders set status = 'failed', status_rank = 1, failure_reason = 'insufficient_funds'
        where user_id = ${userId} and order_id = (select order_id from orders where user_id = ${userId} limit 1)`.execute(
        shop.db,
      );
      assert.equal((await place('fourth')).replayed, false);
      await assert.rejects(place('fifth'), isProblem('too_many_undecided_orders'));
    });
  });

  it('with a key that was used for another order is refused', async () => {
    const userId = newId();
    await shop.place({ userId, idempotency: idempotency('used') });
    const other = { ...idempotency('used'), requestHash: idempotency('something else').requestHash };
    await assert.rejects(shop.place({ userId, idempotency: other }), isProblem('idempotency_key_reused'));
  });
});

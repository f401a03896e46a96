import assert from 'node:assert/strict';
import { createFairLimit } from '@gozon/timing';
import { sql } from 'kysely';
import { applyPaymentEvents } from '#orders/payment-events/payment-events.queries.ts';
import { findEnds, positionEvents } from '#orders/stream/order-stream.queries.ts';
import { streamOrders } from '#orders/stream/stream-orders.ts';
import { ordersRetention } from '#orders/upkeep/orders-retention.ts';
import { createLogger } from '#platform/process/logger.ts';
import { eventRow } from '#test/support/database/event-rows.ts';
import { openFeed } from '#test/support/database/order-feed.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { isProblem } from '#test/support/is-problem.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const DAYS = 30;

describe('retention in orders', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  /** Every purge until there is no more. @returns how many rows of each, and the largest batch */
  async function purge() {
    const purged: Record<string, number> = {};
    let largest = 0;
    for (const [of, batch] of Object.entries(ordersRetention(shop.db, DAYS))) {
      purged[of] = 0;
      for (let more = true; more;) {
        const done = await batch();
        purged[of] += done.purged;
        largest = Math.max(largest, done.purged);
        more = done.more;
      }
    }
    return { purged, largest };
  }
  const age = async (days: number, orderId?: string) => {
    const then = sql`now() - ${days} * interval '1 day'`;
    const mine = orderId === undefined ? sql`true` : sql`order_id = ${orderId}`;
    await sql`update outbox set dispatched_at = ${then}, created_at = ${then} where ${mine}`.execute(shop.db);
    await sql`update order_events set created_at = ${then} where ${mine}`.execute(shop.db);
    await sql`update inbox set received_at = ${then} where ${orderId ?? null}::text is null or event_id like ${orderId ?? ''} || '%'`.execute(
      shop.db,
    );
  };
  const pay = async (orderId: string) =>
    applyPaymentEvents(shop.db, [eventRow(orderId, 'paid', { eventId: `${orderId}/decision` })]);
  const place = async () => (await shop.place()).reply;
  const everything = async () => ({
    outbox: await shop.count('outbox'),
    inbox: await shop.count('inbox'),
    events: await shop.count('order_events'),
  });

  it('deletes what is older than it is kept, and nothing younger', async () => {
    const [old, young] = [await place(), await place()];
    for (const { orderId } of [old, young]) await pay(orderId);
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    await age(DAYS - 1);
    assert.deepEqual((await purge()).purged, {
      'idempotency keys': 0,
      'outbox rows': 0,
      'inbox rows': 0,
      'order events': 0,
    });
    await age(DAYS + 1, old.orderId);
    assert.deepEqual((await purge()).purged, {
      'idempotency keys': 0,
      'outbox rows': 1,
      'inbox rows': 1,
      'order events': 2,
    });
    assert.deepEqual(await everything(), { outbox: 1, inbox: 1, events: 2 });
    assert.equal(await shop.count('orders'), 2);
  });

  it('keeps the outbox row of an unfinished request, however old', async () => {
    const undecided = await place();
    const cancelled = await place();
    await pay(cancelled.orderId);
    await sql`update orders set cancel_requested_at = now() where order_id = ${cancelled.orderId}`.execute(
      shop.db,
    );
    await sql`insert into outbox (order_id, kind, traceparent) values (${cancelled.orderId}, 'cancel', ${TRACEPARENT})`.execute(
      shop.db,
    );
    await place();
    await age(DAYS + 1);
    await sql`update outbox set dispatched_at = null where outbox_id = (select max(outbox_id) from outbox)`.execute(
      shop.db,
    );
    assert.equal((await purge()).purged['outbox rows'], 1);
    const { rows } = await sql<{ orderId: string; kind: string }>`
      select order_id, kind from outbox where dispatched_at is not null order by outbox_id`.execute(shop.db);
    assert.deepEqual(rows, [
      { orderId: undecided.orderId, kind: 'pay' },
      { orderId: cancelled.orderId, kind: 'cancel' },
    ]);
  });

  it('goes through many in batches, past what it must keep', async () => {
    await sql`
      with placed as (
        insert into orders (order_id, user_id, amount, currency, status, status_rank)
        select uuidv7(), gen_random_uuid(), 1, 'EUR', case when n > 1100 then 'paid' else 'created' end,
               case when n > 1100 then 1 else 0 end
        from generate_series(1, 2500) as n returning order_id, user_id, status
      ),
      sent as (insert into outbox (order_id, kind, traceparent) select order_id, 'pay', ${TRACEPARENT} from placed)
      insert into order_events (order_id, user_id, status) select order_id, user_id, status from placed`.execute(
      shop.db,
    );
    await positionEvents(shop.db, { after: 0n, limit: 3_000 });
    await age(DAYS + 1);
    const { purged, largest } = await purge();
    assert.deepEqual([purged['outbox rows'], purged['order events'], largest], [1_400, 2_500, 1_000]);
  });

  it('does no harm when copies purge at the same time', async () => {
    for (let order = 0; order < 20; order++) await pay((await place()).orderId);
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    await age(DAYS + 1);
    const done = await Promise.all(Array.from({ length: 4 }, purge));
    const sum = (of: string) => done.reduce((total, { purged }) => total + (purged[of] ?? 0), 0);
    assert.deepEqual([sum('outbox rows'), sum('inbox rows'), sum('order events')], [20, 20, 40]);
    assert.deepEqual(await everything(), { outbox: 0, inbox: 0, events: 0 });
  });

  it('leaves a late duplicate harmless: the order’s own rank passes it over', async () => {
    const { orderId, userId } = await place();
    await pay(orderId);
    await age(DAYS + 1);
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    await purge();
    const before = await shop.db.selectFrom('orders').selectAll().where('userId', '=', userId).execute();
    assert.deepEqual(await pay(orderId), { decidedAfter: [], orphans: [], locked: [] });
    assert.deepEqual(
      await shop.db.selectFrom('orders').selectAll().where('userId', '=', userId).execute(),
      before,
    );
    assert.deepEqual(await shop.eventsOf(orderId), []);
  });

  it('reports a gap to a client that resumes before the oldest event that is kept', async () => {
    const { orderId, userId } = await place();
    await pay(orderId);
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    const seen = (await findEnds(shop.db)).last;
    const young = await shop.place({ userId });
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    await age(DAYS + 1, orderId);
    await purge();
    const stop = new AbortController();
    const log = createLogger('test', 'silent');
    await using feed = openFeed(shop);
    const follow = async (lastEventId: bigint) =>
      eventually('the feed to be ready', async () => {
        const stream = await streamOrders(
          { db: shop.db, feed, replays: createFairLimit({ most: 1, each: 1 }), log, signal: stop.signal },
          { userId, lastEventId, trace: { traceparent: TRACEPARENT } },
        ).catch((error: unknown) => {
          if (isProblem('events_purged')(error)) return 'purged' as const;
          throw error;
        });
        return stream;
      });
    assert.equal(await follow(seen - 1n), 'purged');
    for (const from of [seen, 0n]) {
      const stream = await follow(from);
      assert.ok(stream !== 'purged');
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await eventually('what is kept', () => text.includes(young.reply.orderId));
      assert.ok(!text.includes(orderId));
      stream.destroy();
    }
    stop.abort();
  });

  it('continues the positions after all events were deleted', async () => {
    const { orderId } = await place();
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    const { last } = await findEnds(shop.db);
    await pay(orderId);
    await positionEvents(shop.db, { after: 0n, limit: 100 });
    await age(DAYS + 1);
    await purge();
    const ends = await findEnds(shop.db);
    assert.ok(ends.last > last);
    assert.equal(ends.purged, ends.last);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CompiledQuery, sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { getOrder } from '#orders/order/get-orders.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { renderMetrics } from '#platform/process/metrics.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import {
  CANCELLED,
  COMPLETED,
  DECLINED,
  REFUNDED,
  messageOf,
} from '#test/support/database/payment-events.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';
import { eventually } from '#tools/testbed/eventually.ts';

/** Nothing in these tests may end among the dead letters. */
const deadLetters: MessageProducer = {
  async send() {
    throw new Error('a good message was to be a dead letter');
  },
  async [Symbol.asyncDispose]() {},
};

describe('payment events', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  const handle = async (...messages: ReturnType<typeof messageOf>[]) =>
    handlePaymentEvents({ db: shop.db, deadLetters, signingKeys: [SIGNING_KEY] }, messages);

  async function outcomeOf({ orderId }: OrderReply) {
    const order = await shop.db
      .selectFrom('orders')
      .selectAll()
      .where('orderId', '=', orderId)
      .executeTakeFirst();
    return { status: order?.status, reason: order?.failureReason, events: await shop.eventsOf(orderId) };
  }

  const place = async () => (await shop.place()).reply;

  it('decide an order: paid, failed with its reason, or cancelled', async () => {
    const [paid, failed, cancelled] = [await place(), await place(), await place()];
    await handle(messageOf(paid, COMPLETED), messageOf(failed, DECLINED), messageOf(cancelled, CANCELLED));
    assert.deepEqual(await outcomeOf(paid), { status: 'paid', reason: null, events: ['created', 'paid'] });
    assert.deepEqual(await outcomeOf(failed), {
      status: 'failed',
      reason: 'insufficient_funds',
      events: ['created', 'failed'],
    });
    assert.deepEqual(await outcomeOf(cancelled), {
      status: 'cancelled',
      reason: null,
      events: ['created', 'cancelled'],
    });
  });

  it('time each decision once, from the placing of its order', async () => {
    const read = async (part: string) => {
      const { body } = await renderMetrics();
      const found = new RegExp(`^orders_decision_duration_seconds_${part} (\\S+)$`, 'm').exec(body)?.[1];
      return Number(found);
    };
    const [count, sum] = [await read('count'), await read('sum')];
    const order = await place();
    await sql`update orders set created_at = created_at - interval '1 hour' where order_id = ${order.orderId}`.execute(
      shop.db,
    );
    await handle(messageOf(order, COMPLETED), messageOf(order, COMPLETED));
    await handle(messageOf(order, REFUNDED));
    assert.equal(await read('count'), count + 1);
    const seconds = (await read('sum')) - sum;
    assert.ok(seconds >= 3_600 && seconds < 3_660, `${seconds} s`);
  });

  it('count once, however often they come in one batch or in later ones', async () => {
    const order = await place();
    const inboxed = await shop.count('inbox');
    const message = messageOf(order, COMPLETED);
    await handle(message, { ...message, offset: '7' }, message);
    const { updatedAt } = await shop.db
      .selectFrom('orders')
      .select('updatedAt')
      .where('orderId', '=', order.orderId)
      .executeTakeFirstOrThrow();
    await handle(message);
    await handle({ ...message, partition: 1, offset: '9' });
    assert.deepEqual(await outcomeOf(order), { status: 'paid', reason: null, events: ['created', 'paid'] });
    assert.equal(await shop.count('inbox'), inboxed + 1);
    const after = await shop.db
      .selectFrom('orders')
      .select('updatedAt')
      .where('orderId', '=', order.orderId)
      .executeTakeFirstOrThrow();
    assert.deepEqual(after.updatedAt, updatedAt);
  });

  it('of two ranks in one batch leave the higher, whichever stands first', async () => {
    const [one, other] = [await place(), await place()];
    await handle(
      messageOf(one, COMPLETED),
      messageOf(one, REFUNDED),
      messageOf(other, REFUNDED),
      messageOf(other, COMPLETED),
    );
    for (const order of [one, other]) {
      assert.deepEqual(await outcomeOf(order), {
        status: 'refunded',
        reason: null,
        events: ['created', 'refunded'],
      });
    }
  });

  it('of a lower rank change nothing when they come late', async () => {
    const order = await place();
    await handle(messageOf(order, REFUNDED));
    await handle(messageOf(order, COMPLETED));
    assert.deepEqual(await outcomeOf(order), {
      status: 'refunded',
      reason: null,
      events: ['created', 'refunded'],
    });
  });

  it('of both ranks that are handled by two copies at once leave the higher', async () => {
    const orders = await Promise.all(Array.from({ length: 20 }, place));
    await Promise.all(
      orders.flatMap((order) => [handle(messageOf(order, COMPLETED)), handle(messageOf(order, REFUNDED))]),
    );
    for (const order of orders) assert.equal(await shop.statusOf(order.orderId), 'refunded');
  });

  for (const [how, lock] of [
    ['locked', 'select from orders where order_id = $1 for update'],
    ['being changed', 'update orders set description = description where order_id = $1'],
  ] as const) {
    it(`of an order that is ${how} wait for it in their sequence, those of others are applied, and the holder is named`, async () => {
      const [held, free] = [await place(), await place()];
      const inboxed = await shop.count('inbox');
      const holder = await shop.db.startTransaction().execute();
      await holder.executeQuery(CompiledQuery.raw(lock, [held.orderId]));
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(holder);
      const batch = [messageOf(held, COMPLETED), messageOf(free, COMPLETED), messageOf(held, REFUNDED)];
      for (let attempt = 0; attempt < 2; attempt++) {
        await assert.rejects(handle(...batch), (error: Error) => {
          const where = `order ${held.orderId} is locked by process ${rows[0]?.pid} of PostgreSQL`;
          assert.match(describeError(error), new RegExp(`^${where} \\(test, since 2\\S+Z\\): events wait`));
          return isOutage(error);
        });
      }
      assert.deepEqual(await outcomeOf(free), { status: 'paid', reason: null, events: ['created', 'paid'] });
      assert.deepEqual(await outcomeOf(held), { status: 'created', reason: null, events: ['created'] });
      assert.equal(await shop.count('inbox'), inboxed + 1);
      await holder.rollback().execute();
      await handle(...batch);
      assert.equal(await shop.statusOf(held.orderId), 'refunded');
      assert.equal(await shop.count('inbox'), inboxed + 3);
    });
  }

  for (const [what, lock] of [
    ['the table of orders', 'lock table orders in exclusive mode'],
    ['the table of orders even for readers', 'lock table orders in access exclusive mode'],
    ['the inbox', 'lock table inbox in exclusive mode'],
    ['their own row in the inbox', 'insert into inbox values ($1, 0, 0)'],
  ] as const) {
    it(`wait while somebody has locked ${what}, and name the holder`, async () => {
      const message = messageOf(await place(), COMPLETED);
      const holder = await shop.db.startTransaction().execute();
      const { id } = JSON.parse(message.value?.toString() ?? '') as { id: string };
      const values = lock.includes('$1') ? [id] : [];
      await holder.executeQuery(CompiledQuery.raw(lock, values));
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(holder);
      await assert.rejects(handle(message), (error: Error) => {
        const where = `^events wait until process ${rows[0]?.pid} of PostgreSQL \\(test, since 2\\S+Z\\) frees`;
        assert.match(describeError(error), new RegExp(where));
        return isOutage(error);
      });
      await holder.rollback().execute();
      await handle(message);
    });
  }

  it('of a locked order stay together when the batch is taken apart around one that the database refuses', async () => {
    const [held, free, other] = [await place(), await place(), await place()];
    const holder = await shop.db.startTransaction().execute();
    await sql`select from orders where order_id = ${held.orderId} for update`.execute(holder);
    const bad = messageOf(other, COMPLETED);
    const text = bad.value?.toString().replace('/decision"', String.raw`/\u0000"`) ?? '';
    const batch = [
      messageOf(held, COMPLETED),
      { ...bad, value: Buffer.from(text) },
      messageOf(free, COMPLETED),
      messageOf(held, REFUNDED),
    ];
    await assert.rejects(handle(...batch), /is locked by/);
    assert.equal(await shop.statusOf(free.orderId), 'paid');
    assert.deepEqual(await outcomeOf(held), { status: 'created', reason: null, events: ['created'] });
    await holder.rollback().execute();
  });

  it('never set an order’s time back, though their transaction began before a cancel that came first', async () => {
    const order = await place();
    const holder = await shop.db.startTransaction().execute();
    await sql`select from orders where order_id = ${order.orderId} for update`.execute(holder);
    const applied = handle(messageOf(order, DECLINED));
    await eventually('the event to wait for the order', async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        shop.db,
      );
      return rows.length > 0;
    });
    const { rows } = await sql<{ reply: { updatedAt: string } }>`
      select reply from request_cancel(${order.orderId}, ${order.userId}, ${TRACEPARENT}, null, null)`.execute(
      holder,
    );
    await holder.commit().execute();
    await applied;
    const cancelled = Date.parse(rows[0]?.reply.updatedAt ?? '');
    const now = await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId);
    assert.equal(now.status, 'failed');
    assert.ok(Date.parse(now.updatedAt) >= cancelled, `${now.updatedAt} is before the cancel`);
    const { rows: events } = await sql<{ status: string; createdAt: Date }>`
      select status, created_at from order_events where order_id = ${order.orderId} order by created_at`.execute(
      shop.db,
    );
    assert.deepEqual(
      events.map(({ status }) => status),
      ['created', 'created', 'failed'],
    );
  });

  it('give a decided order a later time, though the clock stepped back', async () => {
    const order = await place();
    const [ahead] = (
      await sql<{ updatedAt: Date }>`
        update orders set updated_at = now() + interval '1 hour' where order_id = ${order.orderId}
        returning updated_at`.execute(shop.db)
    ).rows;
    await handle(messageOf(order, COMPLETED));
    const { updatedAt } = await getOrder(shop.db, { userId: order.userId, readsAll: false }, order.orderId);
    assert.equal(Date.parse(updatedAt), (ahead?.updatedAt.getTime() ?? 0) + 1);
  });

  it('change nothing when the batch is empty', async () => handle());

  it('leave the status of the highest rank, in whatever order, batches and repetition they come', async () => {
    const history = fc.record({
      decision: fc.constantFrom(COMPLETED, DECLINED, CANCELLED),
      hasRefund: fc.boolean(),
      deliveries: fc.array(fc.record({ isRefund: fc.boolean(), endsBatch: fc.boolean() }), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ decision, hasRefund, deliveries }) => {
        const order = await place();
        const decided = messageOf(order, decision);
        const refunded = messageOf(order, REFUNDED);
        let batch: (typeof decided)[] = [];
        const seen = new Set<typeof decided>();
        for (const { isRefund, endsBatch } of deliveries) {
          const message = isRefund && hasRefund ? refunded : decided;
          batch.push(message);
          seen.add(message);
          if (!endsBatch) continue;
          await handle(...batch);
          batch = [];
        }
        await handle(...batch);
        const expected = seen.has(refunded) ? 'refunded' : seen.has(decided) ? statusOf(decision) : 'created';
        const { status, reason, events } = await outcomeOf(order);
        assert.equal(status, expected);
        assert.equal(reason, expected === 'failed' ? 'insufficient_funds' : null);
        assert.equal(events.at(-1), expected);
        assert.deepEqual(new Set(events).size, events.length);
      }),
      { numRuns: 60 },
    );
  });
});

function statusOf(decision: typeof COMPLETED): string {
  if (decision === COMPLETED) return 'paid';
  return decision === CANCELLED ? 'cancelled' : 'failed';
}

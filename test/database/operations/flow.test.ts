import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { beforeAllSince } from '#contracts/values/ids.ts';
import { findFlow } from '#operations/system/flow.queries.ts';
import { handlePaymentEvents } from '#orders/payment-events/consume-payment-events.ts';
import { findFailing, setFailed } from '#packages/temporal-outbox/src/outbox.queries.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { assertAllowed, assertDenied } from '#test/support/assert-denied.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { COMPLETED, DECLINED, REFUNDED, messageOf } from '#test/support/database/payment-events.ts';
import { SIGNING_KEY } from '#test/support/database/signing.ts';

const deadLetters: MessageProducer = {
  async send() {
    throw new Error('a good message was to be a dead letter');
  },
  async [Symbol.asyncDispose]() {},
};

/** In s: long enough for any machine. */
const WINDOW = 3_600;

describe('the flow of orders', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  const place = async () => (await shop.place()).reply;
  const flow = async () => findFlow(shop.workflowsDb, WINDOW);
  const handle = async (...messages: ReturnType<typeof messageOf>[]) =>
    handlePaymentEvents({ db: shop.db, deadLetters, signingKeys: [SIGNING_KEY] }, messages);

  it('is zero, without percentiles, before the first order', async () => {
    assert.deepEqual(await flow(), {
      placedPerSecond: 0,
      decidedPerSecond: 0,
      undecided: 0,
      oldestUndecidedSeconds: 0,
      placedToDecided: null,
    });
  });

  it('counts placed, decided and undecided orders', async () => {
    const [paid, failed] = [await place(), await place(), await place()];
    await handle(messageOf(paid, COMPLETED), messageOf(failed, DECLINED));
    const { placedPerSecond, decidedPerSecond, undecided, oldestUndecidedSeconds } = await flow();
    assert.deepEqual(
      [placedPerSecond * WINDOW, decidedPerSecond * WINDOW, undecided].map(Math.round),
      [3, 2, 1],
    );
    assert.ok(oldestUndecidedSeconds > 0);
  });

  it('measures each order decided in that time from its placing, however early that was', async () => {
    for (const seconds of [1, 2, 3, 4]) {
      const order = await place();
      await sql`update orders set created_at = now() - ${seconds} * interval '1 second'
        where order_id = ${order.orderId}`.execute(shop.db);
      await handle(messageOf(order, COMPLETED));
      await sql`update order_events set created_at =
          (select created_at from orders where orders.order_id = order_events.order_id) + ${seconds} * interval '1 second'
        where order_id = ${order.orderId} and status = 'paid'`.execute(shop.db);
    }
    assert.deepEqual((await flow()).placedToDecided, { p50: 2_500, p95: 3_850, p99: 3_970 });
  });

  it('counts a decision once: neither a cancel’s request nor a refund is one', async () => {
    const order = await place();
    await handle(messageOf(order, COMPLETED));
    await sql`insert into order_events (order_id, user_id, status, detail)
      values (${order.orderId}, ${order.userId}, 'paid', '{"cancelRequested": true}')`.execute(shop.db);
    await handle(messageOf(order, REFUNDED));
    const { decidedPerSecond } = await flow();
    assert.equal(Math.round(decidedPerSecond * WINDOW), 1);
  });

  it('leaves out older orders', async () => {
    const { orderId } = await place();
    await sql`update orders set status = 'paid', status_rank = 1 where order_id = ${orderId}`.execute(
      shop.db,
    );
    const { rows } = await sql<{ old: boolean; lately: boolean }>`
      select ${orderId}::uuid > ${beforeAllSince(new Date(Date.now() + 60_000))}::uuid as old,
             ${orderId}::uuid > ${beforeAllSince(new Date(Date.now() - WINDOW * 1_000))}::uuid as lately`.execute(
      shop.db,
    );
    assert.deepEqual(rows, [{ old: false, lately: true }]);
  });

  it('is read from indexes alone, however many orders there are', async () => {
    // A statement has 2.5 s, also on a machine that is busy.
    for (let from = 0; from < 10_000; from += 1_000) {
      await sql`
        with placed as (
          insert into orders (order_id, user_id, amount, currency, status, status_rank, created_at)
          select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, uuidv7(), 1, 'EUR', 'paid', 1, to_timestamp(n)
          from generate_series(${from + 1}::integer, ${from + 1_000}::integer) as n returning *
        )
        insert into order_events (order_id, user_id, status, detail, created_at)
        select order_id, user_id, status, '{"eventId": "x"}', created_at from placed`.execute(shop.db);
    }
    await sql`analyze orders, order_events`.execute(shop.db);
    const explain = async (query: string) => {
      const { rows } = await sql<{ queryPlan: string }>`explain ${sql.raw(query)}`.execute(shop.db);
      return rows.map((row) => Object.values(row).join('')).join('\n');
    };
    const plans = [
      await explain(`select count(*) from orders_to_pay where order_id > '${beforeAllSince(new Date())}'`),
      await explain(`select * from decided_orders where decided_at > now() - interval '60 s'`),
      await explain('select count(*), min(placed_at) from orders_undecided'),
    ];
    for (const plan of plans) assert.doesNotMatch(plan, /Seq Scan/, plan);
  });

  it('lists outbox rows that have failed, the most often tried first, and no others', async () => {
    const rows = await Promise.all(['first', 'second', 'third'].map(async () => place()));
    const { rows: outbox } = await sql<{ outboxId: string; orderId: string }>`
      select outbox_id::text, order_id from outbox`.execute(shop.db);
    const idOf = (at: number) => outbox.find(({ orderId }) => orderId === rows[at]?.orderId)?.outboxId ?? '0';
    await setFailed(shop.workflowsDb, { outboxId: idOf(0), error: 'no', retryIn: 60_000 });
    await setFailed(shop.workflowsDb, { outboxId: idOf(1), error: 'no', retryIn: 60_000 });
    await setFailed(shop.workflowsDb, { outboxId: idOf(1), error: 'not again', retryIn: 60_000 });
    const failing = await findFailing(shop.workflowsDb, 20);
    assert.deepEqual(
      failing.map(({ payload, kind, attempts, lastError }) => [
        (payload as { orderId: string }).orderId,
        kind,
        attempts,
        lastError,
      ]),
      [
        [rows[1]?.orderId, 'pay', 2, 'not again'],
        [rows[0]?.orderId, 'pay', 1, 'no'],
      ],
    );
    assert.equal((await findFailing(shop.workflowsDb, 1)).length, 1);
  });

  it('is readable by the role workflows, and not writable', async () => {
    const { workflowsUrl } = shop;
    await assertAllowed(workflowsUrl, ['select * from decided_orders', 'select * from orders_undecided']);
    await assertDenied(workflowsUrl, [
      'delete from orders_undecided',
      'update orders_undecided set placed_at = now()',
    ]);
  });
});

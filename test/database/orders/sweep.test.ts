import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { refundOrder } from '#orders/order/refund-order.ts';
import { applyPaymentEvents } from '#orders/payment-events/payment-events.queries.ts';
import { sweepUndecided } from '#orders/upkeep/sweep-undecided.ts';
import { countOverdue } from '#orders/upkeep/sweep.queries.ts';
import { claimRows } from '#test/support/database/claim-rows.ts';
import { eventRow } from '#test/support/database/event-rows.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';

/** After how many s an order should be decided. */
const AFTER = 60;

describe('the sweep', () => {
  let shop: Shop;
  let hints: number;
  beforeEach(async () => {
    shop = await openShop();
    hints = 0;
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  const sweep = async () =>
    sweepUndecided({
      db: shop.db,
      after: AFTER,
      hint() {
        hints += 1;
      },
    });
  const claimAll = async () => claimRows(shop.workflowsDb);
  const claim = async () =>
    (await claimAll()).map(({ payload, kind }) => `${kind} ${(payload as { orderId: string }).orderId}`);
  /** As if all of it had been placed and dispatched so many s ago. */
  const age = async (seconds: number) => {
    const then = sql`now() - ${seconds} * interval '1 second'`;
    await sql`update orders set created_at = ${then}, cancel_requested_at = case when cancel_requested_at is not null then ${then} end`.execute(
      shop.db,
    );
    await sql`update outbox set dispatched_at = ${then}`.execute(shop.db);
  };
  const place = async () => (await shop.place()).reply;
  const decide = async (orderId: string, status: 'paid' | 'refunded') =>
    applyPaymentEvents(shop.db, [eventRow(orderId, status)]);
  const cancel = async ({ orderId, userId }: { orderId: string; userId: string }) =>
    cancelOrder(shop.db, { orderId, userId, traceparent: TRACEPARENT, idempotency: undefined }, () => {});

  it('gives the relay an order again that was dispatched and is not decided in time', async () => {
    const { orderId } = await place();
    await age(AFTER + 1);
    assert.equal(await sweep(), 1);
    assert.equal(hints, 1);
    assert.deepEqual(await claim(), [`pay ${orderId}`]);
  });

  it('leaves alone what is young, what is decided and what the relay has not dispatched', async () => {
    const { orderId } = await place();
    await place();
    await age(AFTER + 1);
    await decide(orderId, 'paid');
    await sql`update outbox set dispatched_at = null, due_at = now() + interval '1 hour' where order_id <> ${orderId}`.execute(
      shop.db,
    );
    await place();
    await sql`update outbox set dispatched_at = now() where dispatched_at is null and due_at <= now()`.execute(
      shop.db,
    );
    assert.equal(await sweep(), 0);
    assert.equal(hints, 0);
  });

  it('waits twice as long after each time, up to 16 times as long', async () => {
    await place();
    for (const times of [1, 2, 4, 8, 16, 16, 16]) {
      await age(AFTER * times - 1);
      assert.equal(await sweep(), 0);
      await age(AFTER * times + 1);
      assert.equal(await sweep(), 1);
    }
  });

  it('writes a row again that is gone, under a trace of its own', async () => {
    const { orderId } = await place();
    await place();
    await age(AFTER + 1);
    await sql`delete from outbox where order_id = ${orderId}`.execute(shop.db);
    await sql`update outbox set dispatched_at = now()`.execute(shop.db);
    assert.equal(await sweep(), 1);
    const [row, ...others] = await claimAll();
    assert.deepEqual(others, []);
    assert.equal(row?.workflowId, paymentWorkflowId(orderId));
    assert.match(row?.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.notEqual(row?.traceparent, TRACEPARENT);
    assert.equal(await sweep(), 0);
  });

  it('sees to a cancel in the same way, until the order is cancelled or refunded', async () => {
    const order = await place();
    await decide(order.orderId, 'paid');
    await cancel(order);
    await age(AFTER + 1);
    assert.equal(await sweep(), 1);
    assert.deepEqual(await claim(), [`cancel ${order.orderId}`]);
    await sql`delete from outbox`.execute(shop.db);
    assert.equal(await sweep(), 1);
    assert.deepEqual(await claim(), [`cancel ${order.orderId}`]);
    await age(AFTER * 20);
    await decide(order.orderId, 'refunded');
    assert.equal(await sweep(), 0);
  });

  it('sends both rows of an order that is neither decided nor cancelled', async () => {
    const order = await place();
    await cancel(order);
    await age(AFTER + 1);
    assert.equal(await sweep(), 2);
    assert.deepEqual((await claim()).toSorted(), [`cancel ${order.orderId}`, `pay ${order.orderId}`]);
  });

  it('sends holds, captures, releases and refunds again, and counts what is overdue of each', async () => {
    const requested = { requestedBy: newId(), traceparent: TRACEPARENT, idempotency: undefined };
    const hold = async () => (await shop.place({ captureWithin: 600 })).reply;
    const authorized = async () => {
      const order = await hold();
      await applyPaymentEvents(shop.db, [eventRow(order.orderId, 'authorized')]);
      return order;
    };
    const undecided = await hold();
    const captured = await authorized();
    const released = await authorized();
    await authorized();
    const paid = await place();
    await decide(paid.orderId, 'paid');
    await captureOrder(shop.db, { ...requested, orderId: captured.orderId, amount: undefined }, () => {});
    await cancel(released);
    await refundOrder(
      shop.db,
      { ...requested, orderId: paid.orderId, amount: 500n, reason: undefined },
      () => {},
    );
    assert.deepEqual(await countOverdue(shop.db, AFTER), new Map());

    await age(AFTER + 1);
    const then = sql`now() - ${AFTER + 1} * interval '1 second'`;
    await sql`update orders set capture_requested_at = ${then} where capture_requested_at is not null`.execute(
      shop.db,
    );
    await sql`update refunds set created_at = ${then}`.execute(shop.db);
    const rows = [
      `authorize ${undecided.orderId}`,
      `capture ${captured.orderId}`,
      `refund ${paid.orderId}`,
      `release ${released.orderId}`,
    ];
    const kinds = rows.map((row) => row.split(' ')[0] ?? '');
    assert.deepEqual(await countOverdue(shop.db, AFTER), new Map(kinds.map((kind) => [kind, 1])));
    assert.equal(await sweep(), rows.length);
    const claimed = await claimRows(shop.workflowsDb, { kinds });
    assert.deepEqual(
      claimed.map(({ kind, payload }) => `${kind} ${(payload as { orderId: string }).orderId}`).toSorted(),
      rows,
    );
  });

  it('shares the rows with a copy that sweeps at the same time', async () => {
    for (let order = 0; order < 40; order++) await place();
    await age(AFTER + 1);
    await sql`delete from outbox where outbox_id % 2 = 0`.execute(shop.db);
    const swept = await Promise.all(Array.from({ length: 4 }, sweep));
    assert.equal(
      swept.reduce((sum, rows) => sum + rows, 0),
      40,
    );
    assert.equal((await claim()).length, 40);
    assert.equal(await shop.count('outbox'), 40);
  });

  it('gives the relay no more than it can take: nothing while a thousand rows are due', async () => {
    await place();
    await age(AFTER + 1);
    await sql`
      with placed as (
        insert into orders (order_id, user_id, amount, currency)
        select gen_random_uuid(), gen_random_uuid(), 1, 'EUR' from generate_series(1, 1000) returning order_id
      )
      insert into outbox (order_id, kind, traceparent) select order_id, 'pay', ${TRACEPARENT} from placed`.execute(
      shop.db,
    );
    assert.equal(await sweep(), 0);
    await sql`delete from outbox where outbox_id in (select outbox_id from outbox where dispatched_at is null limit 1)`.execute(
      shop.db,
    );
    assert.equal(await sweep(), 1);
  });
});

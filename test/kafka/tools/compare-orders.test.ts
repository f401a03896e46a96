import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { refundOrder } from '#orders/order/refund-order.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { stepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import type { StepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import { compareOrders } from '#tools/invariants/compare-orders.ts';
import { readReports } from '#tools/invariants/read-reports.ts';
import type { Reports } from '#tools/invariants/read-reports.ts';
import { publish } from '#workflows/payment/payment-activities.ts';

describe('the oracle’s comparison of orders with payments and the topic', function () {
  this.timeout(60_000);
  const kafka = {
    brokers: [infrastructure().kafka],
    clientId: 'test',
    log: createLogger('test', 'fatal'),
  };
  const request = { traceparent: TRACEPARENT, idempotency: undefined };
  let shop: Shop;
  let ledger: Ledger;
  let steps: StepsOfWorkflows;
  let reported: PaymentEvent[];
  let paid: OrderReply;
  let captured: OrderReply;
  before(async () => ensureTopics(kafka, [PAYMENT_STATUS_TOPIC]));
  beforeEach(async () => {
    [shop, ledger] = await Promise.all([openShop(), openLedger({ size: 2 })]);
    steps = stepsOfWorkflows(shop, ledger);
    reported = [];
    paid = await place({});
    const [held, expired, released, refunded] = [
      await place({ captureWithin: 60 }),
      await place({ captureWithin: 1 }),
      await place({ captureWithin: 60 }),
      await place({}),
    ];
    captured = await place({ captureWithin: 60 });
    await place({}, 1n);
    await settle();
    await endHold(expired);
    await captureOrder(
      shop.db,
      { orderId: captured.orderId, requestedBy: newId(), amount: 200n, ...request },
      () => {},
    );
    for (const { orderId, userId } of [released, refunded]) {
      await cancelOrder(shop.db, { orderId, userId, ...request }, () => {});
    }
    await settle();
    for (const amount of [50n, 70n]) await refund(captured, amount);
    await settle();
    assert.equal(await shop.statusOf(held.orderId), 'authorized');
  });
  afterEach(async () => {
    await shop[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });

  async function place(given: { captureWithin?: number }, balance = 1_000n): Promise<OrderReply> {
    const userId = await ledger.openAccount(balance);
    return (await shop.place({ userId, amount: 300n, ...given })).reply;
  }
  async function settle(): Promise<void> {
    const events = await steps.carryOut();
    await steps.apply(events);
    reported.push(...events);
  }
  /** Without waiting for it: its end was a moment after it began. */
  async function endHold({ orderId }: OrderReply): Promise<void> {
    const end = `(select decided_at + interval '1 ms' from decisions where order_id = '${orderId}')`;
    const { rows } = await sql<{ end: Date }>`
      update holds set capture_before = date_trunc('milliseconds', ${sql.raw(end)})
      where order_id = ${orderId} returning capture_before as end`.execute(ledger.db);
    await sql`update orders set capture_before = ${rows[0]?.end} where order_id = ${orderId}`.execute(
      shop.db,
    );
    const events = await steps.endHolds();
    assert.deepEqual(
      events.map(({ type }) => type),
      ['payment.released'],
    );
    await steps.apply(events);
    reported.push(...events);
  }
  const refund = async ({ orderId }: OrderReply, amount: bigint) =>
    refundOrder(shop.db, { orderId, requestedBy: newId(), amount, reason: undefined, ...request }, () => {});

  /** All that was reported, on the topic. */
  async function read(events = reported): Promise<Reports> {
    await using producer = openProducer(kafka);
    await publish(producer, events);
    return await readReports(ledger.db, kafka);
  }
  const compare = async (reports: Reports) => {
    const databases = { orders: shop.db as never, payments: ledger.db as never };
    const [amounts, statuses, onTopic] = await compareOrders(databases, shop.db as never, reports);
    assert.ok(amounts && statuses && onTopic);
    return { amounts, statuses, onTopic };
  };

  it('finds nothing in what was paid, declined, held, captured, released, expired and refunded', async () => {
    const results = Object.values(await compare(await read()));
    assert.deepEqual(
      results.map(({ id, checked, examples }) => [id, checked, examples]),
      [
        ['I4', 7, []],
        ['I5', 7, []],
        ['I5', 7, []],
      ],
    );
  });

  it('finds nothing while what was asked for is under way', async () => {
    await captureOrder(
      shop.db,
      { orderId: (await orderThatIs('authorized')).orderId, requestedBy: newId(), amount: 1n, ...request },
      () => {},
    );
    await refund(paid, 10n);
    await steps.carryOut();
    const { statuses, amounts } = await compare(await read());
    assert.deepEqual([...statuses.examples, ...amounts.examples], []);
  });

  it('finds an event that is not on the topic, and one that says something else', async () => {
    const ofRefund = reported.find(
      ({ type, subject }) => type === 'payment.refunded' && subject === captured.orderId,
    );
    assert.ok(ofRefund);
    const reports = await read(reported.filter((event) => event !== ofRefund));
    const missing = await compare(reports);
    assert.deepEqual(missing.onTopic.examples, [
      `order ${captured.orderId} is paid, and event ${ofRefund.id} is not on the topic`,
    ]);
    await sql`update holds set captured = 201 where order_id = ${captured.orderId}`.execute(ledger.db);
    const { examples } = (await compare(await read())).onTopic;
    assert.match(
      examples.join('\n'),
      new RegExp(
        `payments did: captured 201, .*; and event ${captured.orderId}/hold says: captured 200, of 300 EUR`,
      ),
    );
  });

  async function orderThatIs(status: string): Promise<{ orderId: string }> {
    const { rows } = await sql<{
      orderId: string;
    }>`select order_id from orders where status = ${status}`.execute(shop.db);
    return rows[0] ?? assert.fail(`no order is ${status}`);
  }

  const planted: [
    title: string,
    'orders' | 'payments',
    statement: () => string,
    'statuses' | 'amounts',
    RegExp,
  ][] = [
    [
      'an order that is paid while its money is held',
      'orders',
      () => `update orders set status = 'paid', amount_captured = 300, capture_requested = 300,
        capture_requested_at = now() where status = 'authorized'`,
      'statuses',
      /is paid, 300 captured, 0 refunded, and by what payments did it is authorized/,
    ],
    [
      'a captured order that does not know it, and nobody asked for',
      'orders',
      () => `update orders set status = 'authorized', amount_captured = null, amount_refunded = 0,
        capture_requested_at = null, capture_requested = null where order_id = '${captured.orderId}'`,
      'statuses',
      /is authorized, and by what payments did it is paid, 200 captured, 120 refunded/,
    ],
    [
      'another captured amount',
      'orders',
      () => `update orders set amount_captured = 201, capture_requested = 201 where amount_captured = 200`,
      'statuses',
      /is paid, 201 captured, 120 refunded, and by what payments did it is paid, 200 captured, 120 refunded/,
    ],
    [
      'a capture that nobody asked for',
      'orders',
      () =>
        `update orders set capture_requested_at = null, capture_requested = null where amount_captured = 200`,
      'statuses',
      /200 of order .* was captured, and nobody asked for it/,
    ],
    [
      'a capture of more than was asked for',
      'orders',
      () => `update orders set capture_requested = 199 where amount_captured = 200`,
      'statuses',
      /200 of order .* was captured, and 199 was asked for/,
    ],
    [
      'a capture that was accepted after the end',
      'orders',
      () => `update orders set capture_requested_at = capture_before where amount_captured = 200`,
      'statuses',
      /the capture of order .* was accepted at .*, after the end of its hold/,
    ],
    [
      'a release that nobody asked for',
      'orders',
      () =>
        `update orders set cancel_requested_at = null where cancellation_reason = 'requested' and status = 'cancelled'`,
      'statuses',
      /is cancelled, and nobody asked to cancel it/,
    ],
    [
      'a hold that expired before its end',
      'payments',
      () => `update holds set closed_at = capture_before - interval '1 s' where release_reason = 'expired'`,
      'statuses',
      /the hold of order .* was released as expired at .*, before its end/,
    ],
    [
      'an expired hold that the order shows as cancelled on request',
      'orders',
      () => `update orders set cancellation_reason = 'requested' where cancellation_reason = 'expired'`,
      'statuses',
      /is cancelled \(requested\), and by what payments did it is cancelled \(expired\)/,
    ],
    [
      'a refund that nobody asked for',
      'orders',
      () => `update refunds set created_at = refunded_at + interval '1 s' where amount = 50`,
      'statuses',
      /refund .* was made, and nobody had asked for it/,
    ],
    [
      'a refunded amount that the refunds do not come to',
      'orders',
      () => `update refunds set amount = 49 where amount = 50`,
      'statuses',
      /says that 120 was refunded, and its refunds come to 119/,
    ],
    [
      'an order whose hold ends at another time',
      'orders',
      () => `update orders set capture_before = capture_before + interval '1 ms' where status = 'authorized'`,
      'statuses',
      /says that its hold ends at .*, not .*/,
    ],
    [
      'an authorization without a hold',
      'payments',
      () => `delete from holds where closed_at is null`,
      'statuses',
      /was authorized, and nothing was held/,
    ],
    [
      'a decline with a hold',
      'payments',
      () => `update decisions set outcome = 'declined', reason = 'cancelled' where outcome = 'authorized'`,
      'statuses',
      /was declined, and has [0-9] postings, a hold or a refund/,
    ],
    [
      'a hold of another amount than the order’s',
      'payments',
      () => `update postings set amount = amount / 2 where kind = 'hold'`,
      'amounts',
      /over 300 took 150, and 150 was held/,
    ],
    [
      'a hold whose row has another amount',
      'payments',
      () => `update holds set amount = 299 where closed_at is null`,
      'amounts',
      /is over 300, and its hold over 299/,
    ],
    [
      'a hold of another account',
      'payments',
      () => `update holds set user_id = '${paid.userId}' where closed_at is null`,
      'amounts',
      /moved the money of another account/,
    ],
    [
      'a refund to another account',
      'payments',
      () => `update refunds set user_id = '${paid.userId}' where amount = 50`,
      'amounts',
      /moved the money of another account/,
    ],
  ];
  for (const [title, database, statement, where, expected] of planted) {
    it(`finds ${title}`, async () => {
      await sql.raw(statement()).execute(database === 'orders' ? shop.db : ledger.db);
      const found = (await compare(await read()))[where];
      assert.match(found.examples.join('\n'), expected);
    });
  }
});

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { beforeAllSince, newId, FIRST_ID } from '#contracts/values/ids.ts';
import { reconcilePage } from '#operations/reconcile/reconcile-page.ts';
import type { PageReport } from '#operations/reconcile/reconcile-page.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { refundOrder } from '#orders/order/refund-order.ts';
import { applyPaymentEvents } from '#orders/payment-events/payment-events.queries.ts';
import { cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { eventRow } from '#test/support/database/event-rows.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { cancelWish, payWish } from '#test/support/database/signing.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { stepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openTopics } from '#tools/testbed/topics.ts';
import { publish } from '#workflows/payment/payment-activities.ts';

describe('reconciliation', function () {
  this.timeout(60_000);
  const log = createLogger('test', 'silent');
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log };
  const topics = openTopics(kafka);
  let shop: Shop;
  let ledger: Ledger;
  let producer: MessageProducer;

  before(async () => {
    await ensureTopics(kafka, [PAYMENT_STATUS_TOPIC, PAYMENT_STATUS_DEAD_LETTERS]);
    // A broker that has just started finds its coordinator a moment later.
    const isKnown = async () => readAll().then(() => true);
    await eventually('the group to be known', isKnown, { within: 30_000 });
    producer = openProducer(kafka);
  });
  after(async () => producer[Symbol.asyncDispose]());
  beforeEach(async () => {
    [shop, ledger] = await Promise.all([openShop(), openLedger({ size: 4 })]);
    await readAll();
  });
  afterEach(async () => {
    await shop[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });

  /** Reads the topic to its end, as orders does. */
  const readAll = async () => topics.handleAll(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name);
  const reconcile = async (options: { after?: string; dryRun?: boolean } = {}) =>
    reconcilePage(
      {
        ordersDb: shop.workflowsDb,
        paymentsDb: ledger.workflowsDb,
        publish: async (events) => publish(producer, events),
        kafka,
        log,
      },
      { after: FIRST_ID, dryRun: false, ...options },
    );
  const reportsOf = async (orderId: string) =>
    (await topics.readAll(PAYMENT_STATUS_TOPIC.name))
      .filter(({ key }) => key === orderId)
      .map(({ value }) => paymentEventSchema.parse(JSON.parse(value)));

  /** An order with a decision whose event was not applied. */
  async function decide(balance = 1_000n) {
    const userId = await ledger.openAccount(balance);
    const { reply } = await shop.place({ userId, amount: 10n });
    const { orderId } = reply;
    const debit = { orderId, userId, amount: 10n, currency: 'EUR' };
    const decision = await debitAccount(ledger.db, payWish(debit));
    return { orderId, userId, debit, decision };
  }
  const apply = async (orderId: string, status: 'paid' | 'refunded') =>
    applyPaymentEvents(shop.db, [eventRow(orderId, status, { amount: 10 })]);
  /** Moves all that payments did an hour back. */
  const age = async () => {
    await sql`update decisions set decided_at = decided_at - interval '1 hour'`.execute(ledger.db);
    await sql`update holds set closed_at = closed_at - interval '1 hour'`.execute(ledger.db);
    await sql`update refunds set refunded_at = refunded_at - interval '1 hour'`.execute(ledger.db);
    await sql`update postings set created_at = created_at - interval '1 hour'`.execute(ledger.db);
    await sql`update refunds set refunded_at = refunded_at - interval '1 hour'`.execute(ledger.db);
  };

  it('finds nothing in orders that agree, and counts those that are under way as waiting', async () => {
    const { orderId } = await decide();
    await apply(orderId, 'paid');
    await decide();
    await shop.place();
    assert.deepEqual(await reconcile(), {
      compared: 3,
      waiting: 2,
      findings: [],
      reported: 0,
      notReported: null,
      next: null,
    });
  });

  it('reports a lost decision again, as it was reported first', async () => {
    const { orderId, userId, decision } = await decide();
    await age();
    const { findings, ...report } = await reconcile();
    assert.deepEqual(report, { compared: 1, waiting: 0, reported: 1, notReported: null, next: null });
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['event_lost'],
    );
    const [event, ...others] = await reportsOf(orderId);
    assert.deepEqual(others, []);
    const { rows } = await sql<{ decidedAt: Date }>`select decided_at from decisions`.execute(ledger.db);
    assert.deepEqual(event, {
      specversion: '1.0',
      id: `${orderId}/decision`,
      source: '/gozon/payments',
      type: 'payment.completed',
      subject: orderId,
      time: rows[0]?.decidedAt.toISOString(),
      datacontenttype: 'application/json',
      signature: decision.signature,
      traceparent: TRACEPARENT,
      data: { orderId, userId, amount: 10, currency: 'EUR', rank: 1 },
    });
  });

  it('reports a decline with its reason, and a refund after its decision', async () => {
    const declined = await decide(0n);
    const refunded = await decide();
    await sql`update orders set cancel_requested_at = now() where order_id = ${refunded.orderId}`.execute(
      shop.db,
    );
    await cancelPayment(ledger.db, cancelWish(refunded.debit));
    await age();
    assert.equal((await reconcile()).reported, 2);
    const [decline] = await reportsOf(declined.orderId);
    assert.equal(decline?.type === 'payment.declined' && decline.data.reason, 'insufficient_funds');
    assert.deepEqual(
      (await reportsOf(refunded.orderId)).map(({ type }) => type),
      ['payment.completed', 'payment.refunded'],
    );
  });

  it('reports a lost hold, capture, release and refund again, each as it was reported first', async () => {
    const steps = stepsOfWorkflows(shop, ledger);
    const request = { traceparent: TRACEPARENT, idempotency: undefined };
    const place = async (given: { captureWithin?: number } = {}) => {
      const userId = await ledger.openAccount(1_000n);
      return (await shop.place({ userId, amount: 100n, ...given })).reply;
    };
    const manual = { captureWithin: 60 };
    const [captured, released, paid] = [await place(manual), await place(manual), await place()];
    await steps.apply(await steps.carryOut());
    const held = await place(manual);
    await captureOrder(
      shop.db,
      { orderId: captured.orderId, requestedBy: newId(), amount: 70n, ...request },
      () => {},
    );
    await cancelOrder(shop.db, { orderId: released.orderId, userId: released.userId, ...request }, () => {});
    const refund = { orderId: paid.orderId, requestedBy: newId(), reason: undefined, ...request };
    await refundOrder(shop.db, { ...refund, amount: 20n }, () => {});
    await refundOrder(shop.db, { ...refund, amount: 30n }, () => {});
    const reported = await steps.carryOut();
    assert.deepEqual(
      reported.map(({ type, subject }) => [type, subject]),
      [
        ['payment.authorized', held.orderId],
        ['payment.captured', captured.orderId],
        ['payment.released', released.orderId],
        ['payment.refunded', paid.orderId],
        ['payment.refunded', paid.orderId],
      ],
    );
    await age();
    const { findings, ...report } = await reconcile();
    assert.deepEqual(report, { compared: 4, waiting: 0, reported: 4, notReported: null, next: null });
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      Array(4).fill('event_lost'),
    );
    const again = (
      await Promise.all([held, captured, released, paid].map(async ({ orderId }) => reportsOf(orderId)))
    ).flat();
    const timeless = (events: readonly PaymentEvent[]) => events.map((event) => ({ ...event, time: '' }));
    assert.deepEqual(timeless(again), timeless(reported));
    await steps.apply(again);
    assert.deepEqual((await reconcile()).findings, []);
  });

  it('reports nothing in a dry run', async () => {
    const { orderId } = await decide();
    await age();
    const { reported, notReported, findings } = await reconcile({ dryRun: true });
    assert.deepEqual([reported, notReported, findings.length], [0, 'this is a dry run', 1]);
    assert.deepEqual(await reportsOf(orderId), []);
  });

  it('reports nothing again while orders has messages left to read', async () => {
    const { orderId } = await decide();
    await age();
    const unread = Array.from({ length: 1_001 }, () => ({ key: newId(), value: 'not read yet' }));
    await topics.produce(PAYMENT_STATUS_TOPIC.name, unread);
    const { reported, notReported } = await reconcile();
    assert.deepEqual([reported, notReported], [0, 'orders has not read every reported event yet']);
    await readAll();
    assert.equal((await reconcile()).reported, 1);
    assert.equal((await reportsOf(orderId)).length, 1);
  });

  it('lists contradictions, and changes none of them', async () => {
    const [status, amount, unknown] = [await decide(), await decide(), await decide()];
    await apply(status.orderId, 'refunded');
    await sql`update orders set amount = 11 where order_id = ${amount.orderId}`.execute(shop.db);
    for (const table of ['outbox', 'order_events', 'orders']) {
      await sql`delete from ${sql.table(table)} where order_id = ${unknown.orderId}`.execute(shop.db);
    }
    await age();
    const { findings, ...report } = await reconcile();
    assert.deepEqual(report, { compared: 3, waiting: 0, reported: 0, notReported: null, next: null });
    assert.deepEqual(
      new Map(findings.map(({ orderId, kind }) => [orderId, kind])),
      new Map([
        [status.orderId, 'wrong_status'],
        [amount.orderId, 'wrong_amount'],
        [unknown.orderId, 'order_unknown'],
      ]),
    );
    assert.deepEqual((await reconcile()).findings, findings);
  });

  it('goes through all orders and all decisions, a page at a time', async () => {
    const { orderId } = await decide();
    await sql`
      insert into orders (order_id, user_id, amount, currency)
      select uuidv7(), gen_random_uuid(), 1, 'EUR' from generate_series(1, 2500)`.execute(shop.db);
    const late = await decide();
    await sql`
      insert into decisions (order_id, user_id, amount, currency, outcome, reason)
      select uuidv7(), gen_random_uuid(), 1, 'EUR', 'declined', 'account_not_found' from generate_series(1, 1500)`.execute(
      ledger.db,
    );
    const pages: PageReport[] = [];
    for (let after: string | null = FIRST_ID; after !== null; after = pages.at(-1)?.next ?? null) {
      pages.push(await reconcile({ after, dryRun: true }));
    }
    const sum = (count: (page: PageReport) => number) =>
      pages.reduce((total, page) => total + count(page), 0);
    assert.equal(
      sum(({ compared }) => compared),
      2502 + 1500,
    );
    assert.equal(
      sum(({ findings }) => findings.length),
      1500,
    );
    assert.equal(
      sum(({ waiting }) => waiting),
      2502,
    );
    assert.ok(orderId < late.orderId);
  });

  it('begins with the orders of a given time', async () => {
    await shop.place();
    const { reply } = await shop.place();
    const since = new Date(Date.parse(reply.createdAt) + 60_000);
    assert.equal((await reconcile({ after: beforeAllSince(since) })).compared, 0);
    assert.equal((await reconcile({ after: beforeAllSince(new Date(0)) })).compared, 2);
  });
});

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { FIRST_ID, newId } from '#contracts/values/ids.ts';
import { comparePage } from '#operations/reconcile/compare-page.ts';
import { restoreOrder } from '#operations/repair/restore-order.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { createLogger } from '#platform/process/logger.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { stepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import type { StepsOfWorkflows } from '#test/support/workflow/carry-out.ts';

/** Orders forgot an order by a restore, an operator put it back, and only then its customer repeated the request. */
describe('an order that was put back before its request was repeated', () => {
  let shop: Shop;
  let ledger: Ledger;
  let steps: StepsOfWorkflows;
  before(async () => {
    [shop, ledger] = await Promise.all([openShop(), openLedger({ size: 2 })]);
    steps = stepsOfWorkflows(shop, ledger);
  });
  after(async () => {
    await shop[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  });

  const settle = async () => steps.apply(await steps.carryOut());
  const databases = () => ({ ordersDb: shop.workflowsDb, paymentsDb: ledger.workflowsDb });

  /** As a restore of orders to before its first order. */
  async function forgetAll(): Promise<void> {
    for (const table of ['outbox', 'inbox', 'order_events', 'idempotency_keys', 'orders'])
      await sql`delete from ${sql.table(table)}`.execute(shop.db);
  }

  /** What reconciliation says of each order, with events that are under way counted as lost. */
  async function compare(): Promise<Record<string, string>> {
    const { compared } = await comparePage(databases(), FIRST_ID, 0);
    return Object.fromEntries(compared.map(({ orderId, result }) => [orderId, result.kind]));
  }

  it('is a cancel that nobody asked for, until it is cancelled, which moves nothing', async () => {
    const userId = await ledger.openAccount(100n);
    const request = { userId, amount: 60n, idempotency: { key: 'a book', requestHash: Buffer.alloc(32) } };
    const { orderId: first } = (await shop.place(request)).reply;
    await settle();
    await forgetAll();
    const log = createLogger('test', 'silent');
    const parts = {
      ...databases(),
      publish: async (events: readonly PaymentEvent[]) => steps.apply(events),
      kafka: { brokers: [], clientId: 'test', log },
      log,
    };
    const by = { actor: newId(), reason: 'orders was restored' };
    assert.ok(await restoreOrder(parts, first, by));
    assert.equal(await shop.statusOf(first), 'paid');

    const { orderId: second } = (await shop.place(request)).reply;
    assert.notEqual(second, first);
    await settle();
    assert.deepEqual([await shop.statusOf(second), await ledger.balanceOf(userId)], ['paid', 40n]);
    assert.deepEqual(await compare(), { [first]: 'cancel_unasked', [second]: 'ok' });

    const cancel = { orderId: first, userId, traceparent: TRACEPARENT, idempotency: undefined };
    await cancelOrder(shop.db, cancel, () => {});
    await settle();
    assert.deepEqual([await shop.statusOf(first), await shop.statusOf(second)], ['refunded', 'paid']);
    assert.equal(await ledger.balanceOf(userId), 40n);
    assert.deepEqual(await compare(), { [first]: 'ok', [second]: 'ok' });
  });
});

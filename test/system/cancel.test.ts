import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const BALANCE = 1_000n;

describe('a cancel', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  async function until(customer: Customer, orderId: string, ...statuses: OrderStatus[]): Promise<OrderReply> {
    return eventually(
      `the order to be ${statuses.join(' or ')}`,
      async () => {
        const order = await customer.order(orderId);
        return statuses.includes(order.status) && order;
      },
      { within: DECIDED_WITHIN },
    );
  }

  async function kindsOf(customer: Customer): Promise<string[]> {
    return (await customer.statement()).items.map(({ kind, amount }) => `${kind} ${amount}`);
  }

  it('refunds a paid order what was debited, tells its followers, and cannot be repeated', async () => {
    const customer = await openCustomer(system(), BALANCE);
    await using stream = await customer.follow();
    const { orderId } = await customer.placeOrder({ amount: 400n });
    await until(customer, orderId, 'paid');
    assert.equal((await customer.account()).balance, 600n);

    const accepted = await customer.cancelOrder(orderId);
    assert.notEqual(accepted.cancelRequestedAt, null);
    const refunded = await until(customer, orderId, 'refunded');
    assert.deepEqual([refunded.statusCode, refunded.failureReason], [4, null]);
    assert.equal(refunded.cancelRequestedAt, accepted.cancelRequestedAt);
    assert.equal((await customer.account()).balance, BALANCE);
    assert.deepEqual(await kindsOf(customer), ['refund 400', 'debit -400', 'top_up 1000']);
    await assert.rejects(customer.cancelOrder(orderId), { code: 'order_not_cancellable', status: 409 });

    const told: string[] = [];
    for await (const { order } of stream) {
      told.push(order.cancelRequestedAt === null ? order.status : `${order.status}, to be cancelled`);
      if (order.status === 'refunded') break;
    }
    // A quick refund may be told before the events of the cancel itself are.
    assert.deepEqual(
      told.filter((status) => status !== 'paid, to be cancelled'),
      ['created', 'paid', 'refunded, to be cancelled'],
    );
  });

  it('keeps the debit from being made when it comes before it', async () => {
    const customer = await openCustomer(system(), BALANCE);
    const copies = system().copiesOf('workflows');
    await Promise.all(copies.map(async (copy) => copy.terminate()));
    const { orderId } = await customer.placeOrder({ amount: 400n });
    const setPaymentDue = async (when: string) =>
      system().ordersDb.query(
        `update outbox set due_at = now() + $2::interval where order_id = $1 and kind = 'pay'`,
        [orderId, when],
      );
    await setPaymentDue('1 hour');
    await customer.cancelOrder(orderId);
    await Promise.all(copies.map(async (copy) => copy.start()));
    const cancelled = await until(customer, orderId, 'cancelled');
    assert.equal(cancelled.failureReason, null);

    await setPaymentDue('0');
    await eventually('the payment to have been started', async () => {
      const { rows } = await system().ordersDb.query(
        `select from outbox where order_id = $1 and kind = 'pay' and dispatched_at is not null`,
        [orderId],
      );
      return rows.length === 1;
    });
    await eventually('the payment to have been reported', async () => {
      const events = await system().topics.readAll('payment-status.v1');
      return events.filter(({ key }) => key === orderId).length === 2;
    });
    assert.deepEqual(await customer.order(orderId), cancelled);
    assert.deepEqual(await kindsOf(customer), ['top_up 1000']);
  });

  it('ends as cancelled or refunded when it races with its payment through outages of payments and Kafka', async () => {
    const customer = await openCustomer(system(), 10_000n);
    const { workflowsToPaymentsDb: ledger, workflowsToKafka: reports } = system().links;
    await ledger.cut();
    const orders = await Promise.all(
      Array.from({ length: 20 }, async () => customer.placeOrder({ amount: 100n })),
    );
    await Promise.all(orders.slice(0, 10).map(async ({ orderId }) => customer.cancelOrder(orderId)));
    await reports.cut();
    await ledger.heal();
    await Promise.all(orders.slice(10).map(async ({ orderId }) => customer.cancelOrder(orderId)));
    await reports.heal();
    const ended = await Promise.all(
      orders.map(async ({ orderId }) => until(customer, orderId, 'cancelled', 'refunded')),
    );
    assert.equal(ended.length, 20);
    assert.equal((await customer.account()).balance, 10_000n);
  });

  it('leaves an order that cannot be paid failed or cancelled, and is done then', async () => {
    const customer = await openCustomer(system(), 0n);
    const { orderId } = await customer.placeOrder({ amount: 400n });
    const cancel = await customer.cancelOrder(orderId).catch((error: unknown) => error);
    const { status } = await until(customer, orderId, 'failed', 'cancelled');
    if (cancel instanceof Error) assert.equal(status, 'failed');
    await assert.rejects(customer.cancelOrder(orderId), { code: 'order_not_cancellable' });
    assert.deepEqual(await kindsOf(customer), []);
  });
});

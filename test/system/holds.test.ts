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

describe('a hold', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  async function until(customer: Customer, orderId: string, status: OrderStatus): Promise<OrderReply> {
    return eventually(
      `the order to be ${status}`,
      async () => {
        const order = await customer.order(orderId);
        return order.status === status && order;
      },
      { within: DECIDED_WITHIN },
    );
  }

  async function reserve(amount = 400n, captureWithin?: number) {
    const customer = await openCustomer(system(), BALANCE);
    const { orderId } = await customer.placeOrder({
      amount,
      captureMethod: 'manual',
      ...(captureWithin !== undefined && { captureWithin }),
    });
    return { customer, orderId };
  }

  async function accountOf(customer: Customer) {
    const { balance, held, available } = await customer.account();
    return [balance, held, available];
  }

  async function kindsOf(customer: Customer): Promise<string[]> {
    return (await customer.statement()).items.map(({ kind, amount }) => `${kind} ${amount}`);
  }

  it('is captured in part, the rest is released, and what was captured is refunded in parts', async () => {
    const { customer, orderId } = await reserve();
    const authorized = await until(customer, orderId, 'authorized');
    assert.deepEqual([authorized.statusCode, authorized.amountCapturable], [5, 400n]);
    const left = Date.parse(authorized.captureBefore ?? '') - Date.parse(authorized.createdAt);
    assert.ok(left > 6 * 86_400_000 && left < 8 * 86_400_000);
    assert.deepEqual(await accountOf(customer), [1_000n, 400n, 600n]);

    await customer.captureOrder(orderId, { amount: 150n });
    const paid = await until(customer, orderId, 'paid');
    assert.deepEqual([paid.amountCaptured, paid.amountCapturable], [150n, 0n]);
    assert.deepEqual(await accountOf(customer), [850n, 0n, 850n]);
    await assert.rejects(customer.captureOrder(orderId), { code: 'order_not_capturable', status: 409 });

    await customer.refundOrder(orderId, { amount: 50n, reason: 'a scratch' });
    await eventually('the first refund', async () => (await customer.order(orderId)).amountRefunded === 50n);
    assert.equal((await customer.order(orderId)).status, 'paid');
    await assert.rejects(customer.refundOrder(orderId, { amount: 101n }), {
      code: 'refund_exceeds_captured',
      status: 422,
    });
    await customer.refundOrder(orderId, { amount: 100n });
    const refunded = await until(customer, orderId, 'refunded');
    assert.deepEqual([refunded.amountCaptured, refunded.amountRefunded], [150n, 150n]);
    assert.deepEqual(
      (await customer.refunds(orderId)).items.map(({ amount, status, reason }) => [amount, status, reason]),
      [
        [50n, 'succeeded', 'a scratch'],
        [100n, 'succeeded', null],
      ],
    );
    assert.deepEqual(await accountOf(customer), [1_000n, 0n, 1_000n]);
    assert.deepEqual(await kindsOf(customer), [
      'refund 100',
      'refund 50',
      'release 250',
      'hold -400',
      'top_up 1000',
    ]);
  });

  it('is released by a cancel of its customer', async () => {
    const { customer, orderId } = await reserve();
    await until(customer, orderId, 'authorized');
    await customer.cancelOrder(orderId);
    const cancelled = await until(customer, orderId, 'cancelled');
    assert.deepEqual([cancelled.cancellationReason, cancelled.captureRequestedAt], ['requested', null]);
    assert.deepEqual(await accountOf(customer), [1_000n, 0n, 1_000n]);
    await assert.rejects(customer.captureOrder(orderId), { code: 'order_not_capturable' });
  });

  it('ends by itself, and is not captured after', async () => {
    const { customer, orderId } = await reserve(400n, 2);
    await until(customer, orderId, 'authorized');
    const cancelled = await until(customer, orderId, 'cancelled');
    assert.equal(cancelled.cancellationReason, 'expired');
    assert.deepEqual(await accountOf(customer), [1_000n, 0n, 1_000n]);
    await assert.rejects(customer.captureOrder(orderId), { code: 'order_not_capturable' });
  });

  it('that is more than is available is declined, and so is an order beyond it', async () => {
    const { customer, orderId } = await reserve(700n);
    await until(customer, orderId, 'authorized');
    const another = await customer.placeOrder({ amount: 301n, captureMethod: 'manual' });
    const order = await customer.placeOrder({ amount: 301n });
    for (const refused of [another, order]) {
      const { failureReason } = await until(customer, refused.orderId, 'failed');
      assert.equal(failureReason, 'insufficient_funds');
    }
  });

  it('is captured by a request that was accepted while Temporal is away, though it ends meanwhile', async () => {
    const { customer, orderId } = await reserve(400n, 8);
    const lost = await reserve(400n, 8);
    await until(customer, orderId, 'authorized');
    await until(lost.customer, lost.orderId, 'authorized');
    const { workflowsToTemporal } = system().links;
    await workflowsToTemporal.cut();
    try {
      await customer.captureOrder(orderId, { amount: 150n });
      // Nobody captures the other, and nobody needs Temporal to release it.
      await until(lost.customer, lost.orderId, 'cancelled');
      assert.equal((await lost.customer.account()).held, 0n);
      assert.equal((await customer.order(orderId)).status, 'authorized');
    } finally {
      await workflowsToTemporal.heal();
    }
    assert.equal((await until(customer, orderId, 'paid')).amountCaptured, 150n);
  });
});

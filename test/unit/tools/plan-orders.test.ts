import assert from 'node:assert/strict';
import { planOrders } from '#tools/load/generate/plan-orders.ts';
import type { PlannedOrder } from '#tools/load/generate/plan-orders.ts';

const SHARES = { shareBeyondBalance: 0.2, shareTwice: 0.2, shareCancelled: 0.25 };
const PLAN = { seed: 7, orders: 3_000, customers: 20, ...SHARES };
const WITH_HOLDS = { ...PLAN, shareManual: 1 / 3, shareRefunded: 0.4 };

describe('a planned load', () => {
  const share = (orders: readonly PlannedOrder[], is: (order: PlannedOrder) => boolean) =>
    orders.filter(is).length / orders.length;
  const about = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 0.05, `${actual}, and not about ${expected}`);

  it('is the same for the same seed, but for who asks', () => {
    const plan = (seed: number) =>
      planOrders({ ...WITH_HOLDS, seed }).orders.map(({ amount, twice, captureWithin, capture, refunds }) => {
        const amounts = refunds?.map((refund) => refund.amount);
        return { amount, twice, captureWithin, after: capture?.after, part: capture?.amount, amounts };
      });
    assert.deepEqual(plan(7), plan(7));
    assert.notDeepEqual(plan(7), plan(8));
  });

  it('pays each order at once and refunds none in parts, unless it is told to', () => {
    const { orders } = planOrders(PLAN);
    assert.ok(orders.every(({ captureWithin, capture, refunds }) => !captureWithin && !capture && !refunds));
    about(
      share(orders, ({ cancelAfter }) => cancelAfter !== undefined),
      0.25,
    );
  });

  it('reserves the money of a third, captures most of it, some at the end, and leaves some to its end', () => {
    const { orders } = planOrders(WITH_HOLDS);
    const holds = orders.filter(({ captureWithin }) => captureWithin !== undefined);
    about(holds.length / orders.length, 1 / 3);
    about(
      share(holds, ({ capture }) => capture !== undefined),
      0.8,
    );
    about(
      share(holds, ({ capture }) => capture?.from === 'end'),
      0.2,
    );
    about(
      share(holds, ({ capture }) => capture?.contested === true),
      0.1,
    );
    about(
      share(holds, ({ cancelAfter }) => cancelAfter !== undefined),
      0.1,
    );
    about(
      share(holds, ({ capture, cancelAfter }) => !capture && cancelAfter === undefined),
      0.1,
    );
    for (const { amount, capture, captureWithin = 0 } of holds) {
      assert.ok(capture?.amount === undefined || (capture.amount > 0n && capture.amount <= amount));
      assert.ok(captureWithin >= 1 && captureWithin <= 60);
    }
  });

  it('refunds in parts that are exactly what was taken, less or more', () => {
    const { orders } = planOrders(WITH_HOLDS);
    const refunded = orders.filter(({ refunds }) => refunds !== undefined);
    const left = ({ amount, capture, refunds = [] }: PlannedOrder) =>
      (capture?.amount ?? amount) - refunds.reduce((sum, refund) => sum + refund.amount, 0n);
    assert.ok(refunded.every(({ refunds = [] }) => refunds.every(({ amount }) => amount > 0n)));
    for (const is of [0, 1, -1]) assert.ok(refunded.some((order) => Math.sign(Number(left(order))) === is));
  });
});

import assert from 'node:assert/strict';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { reportedBy } from '#orders/timeline/reported-by.ts';

const ORDER = '0199b0de-0000-7000-8000-000000000001';
const REFUND = '0199b0de-0000-7000-8000-000000000002';

describe('what a payment event reported, by its id', () => {
  const order = {
    orderId: ORDER,
    amount: 2_000n,
    amountCaptured: 1_200n,
    amountRefunded: 700n,
    captureMethod: 'manual',
    captureBefore: '2026-12-08T12:00:00.000Z',
  } as OrderReply;
  const refunds = [
    { refundId: REFUND, amount: 500n },
    { refundId: ORDER, amount: 200n },
  ];
  const told = (id: string | null, status: OrderStatus, known: Partial<OrderReply> = {}) => {
    const eventId = id === null ? null : `${ORDER}/${id}`;
    const { type, amount } = reportedBy({ eventId, status }, { order: { ...order, ...known }, refunds });
    return [type, amount];
  };

  it('is a hold, its capture and each refund, with their amounts', () => {
    assert.deepEqual(told('decision', 'authorized'), ['payment.authorized', 2_000n]);
    assert.deepEqual(told('hold', 'paid'), ['payment.captured', 1_200n]);
    assert.deepEqual(told(`refund/${REFUND}`, 'paid'), ['payment.refunded', 500n]);
    assert.deepEqual(told('refund', 'refunded'), ['payment.refunded', 200n]);
  });

  it('is the release of a hold, and the hold itself if its event came later', () => {
    assert.deepEqual(told('hold', 'cancelled'), ['payment.released', 2_000n]);
    assert.deepEqual(told('decision', 'cancelled'), ['payment.authorized', 2_000n]);
  });

  it('is a payment, or a decline of one without a hold', () => {
    const automatic = { captureMethod: 'automatic', captureBefore: null } as const;
    assert.deepEqual(told('decision', 'paid', automatic), ['payment.completed', 2_000n]);
    assert.deepEqual(told('decision', 'failed', automatic), ['payment.declined', 2_000n]);
    assert.deepEqual(told('decision', 'cancelled', { captureBefore: null }), ['payment.declined', 2_000n]);
  });

  it('is a refund of the whole order where refunds had no rows', () => {
    const { type, amount } = reportedBy(
      { eventId: `${ORDER}/refund`, status: 'refunded' },
      { order: { ...order, amountRefunded: 2_000n }, refunds: [] },
    );
    assert.deepEqual([type, amount], ['payment.refunded', 2_000n]);
  });

  it('is of an unknown amount for a refund that is older than the newest', () => {
    assert.deepEqual(told('refund/0199b0de-0000-7000-8000-000000000003', 'paid'), ['payment.refunded', null]);
  });

  it('is nothing for a change that no event brought', () => {
    assert.deepEqual(told(null, 'created'), [null, null]);
  });
});

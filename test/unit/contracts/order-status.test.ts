import assert from 'node:assert/strict';
import {
  DECLINE_REASONS,
  EVENT_RANKS,
  ORDER_STATUSES,
  ORDER_STATUS_CODES,
  RANK,
  statusAfter,
} from '#contracts/values/order-status.ts';

// That any order of events ends in the highest rank is a matter of the SQL that applies them: test/orders.

describe('the status of an order', () => {
  it('is paid after a completed payment', () => {
    assert.equal(statusAfter({ type: 'payment.completed' }), 'paid');
  });

  it('is refunded after a refund', () => {
    assert.equal(statusAfter({ type: 'payment.refunded' }), 'refunded');
  });

  it('is failed after a decline, or cancelled when that is the reason', () => {
    const statuses = DECLINE_REASONS.map((reason) => [
      reason,
      statusAfter({ type: 'payment.declined', reason }),
    ]);
    assert.deepEqual(Object.fromEntries(statuses), {
      insufficient_funds: 'failed',
      account_not_found: 'failed',
      currency_mismatch: 'failed',
      cancelled: 'cancelled',
    });
  });

  it('has the number that clients of the earlier systems know', () => {
    assert.deepEqual(ORDER_STATUS_CODES, { created: 0, paid: 1, failed: 2, cancelled: 3, refunded: 4 });
    assert.deepEqual(ORDER_STATUSES, ['created', 'paid', 'failed', 'cancelled', 'refunded']);
  });
});

describe('the rank of an event', () => {
  it('is that of a decision, or of the refund that comes after it', () => {
    assert.deepEqual(EVENT_RANKS, { 'payment.completed': 1, 'payment.declined': 1, 'payment.refunded': 2 });
    assert.ok(RANK.undecided < RANK.decision && RANK.decision < RANK.refund);
  });

  it('is above that of an undecided order for every type, so that each can be applied', () => {
    for (const rank of Object.values(EVENT_RANKS)) assert.ok(rank > RANK.undecided);
  });
});

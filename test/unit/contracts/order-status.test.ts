import assert from 'node:assert/strict';
import { ORDER_STATUSES, ORDER_STATUS_CODES } from '#contracts/values/order-status.ts';

// What the events of an order lead to is a matter of the SQL that applies them: test/database/orders.

describe('the status of an order', () => {
  it('has the number that clients of the earlier systems know', () => {
    assert.deepEqual(ORDER_STATUS_CODES, {
      created: 0,
      paid: 1,
      failed: 2,
      cancelled: 3,
      refunded: 4,
      authorized: 5,
    });
    assert.deepEqual(ORDER_STATUSES, ['created', 'paid', 'failed', 'cancelled', 'refunded', 'authorized']);
  });
});

import assert from 'node:assert/strict';
import { pathOf } from '@gozon/client';

describe('the path of a request', () => {
  it('has its parameters as they are, whatever characters they have, and leaves out what is undefined', () => {
    const route = { path: '/api/orders/{orderId}/refunds' };
    const query = { limit: 5, cursor: undefined, reason: 'a&b' };
    assert.equal(
      pathOf(route as never, { params: { orderId: '../a b?' }, query }),
      '/api/orders/..%2Fa%20b%3F/refunds?limit=5&reason=a%26b',
    );
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { withBadCustomer } from '#test/support/api/invalid-request-sender.ts';
import { ORDERS, ACCOUNTS, JSON_TYPE, gzip } from '#test/support/api/invalid-request.ts';

describe('what only looks like bad input', () => {
  const { system, customer, send } = withBadCustomer();

  for (const [how, headers] of Object.entries({
    'no content type': {},
    'a content type and no body': JSON_TYPE,
    'another content type and no body': { 'content-type': 'text/plain' },
    'a content encoding and no body': gzip,
  })) {
    it(`a POST that needs no body is taken with ${how}`, async () => {
      const reply = await send({ method: 'POST', path: ACCOUNTS, headers }, randomUUID());
      assert.equal(reply.status, 201, reply.text);
    });
  }

  it('a cancel takes no body, whatever is sent with it', async () => {
    for (const sent of [
      {},
      { headers: { 'content-type': 'text/plain' }, body: 'now' },
      { body: '{"amount":' },
    ]) {
      const { orderId } = await customer().placeOrder({ amount: 1n });
      const reply = await send(
        { method: 'POST', path: `${ORDERS}/${orderId}/cancel`, ...sent },
        customer().userId,
      );
      // The payment, of a customer with money, may be made before.
      assert.equal(reply.status, 202, reply.text);
    }
  });

  it('a body of 16 KiB is none', async () => {
    const body = `{"amount":1,"description":"ok"}`.padEnd(16 * 1024);
    const reply = await send({ method: 'POST', path: ORDERS, headers: JSON_TYPE, body }, customer().userId);
    assert.equal(reply.status, 201);
  });

  it('500 characters are none, though each takes two of JavaScript’s', async () => {
    const description = '🎁'.repeat(500);
    const order = await system().client.as(randomUUID()).placeOrder({ amount: 1n, description });
    assert.equal(order.description, description);
  });

  it('leaves the connection between gateway and service to the next request', async () => {
    const oversized = { method: 'POST', path: ORDERS, headers: JSON_TYPE, body: ' '.repeat(60_000) };
    for (let turn = 0; turn < 5; turn++) {
      assert.equal((await send(oversized, customer().userId)).status, 413);
      // On a connection that still holds the rest of a body it would wait until the gateway answers 504, after 10 s.
      assert.equal((await send({ method: 'GET', path: ORDERS }, customer().userId)).status, 200);
    }
  });
});

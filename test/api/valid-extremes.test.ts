import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { withInvalidRequests } from '#test/support/api/invalid-request-sender.ts';
import { ORDERS, ACCOUNTS, JSON_TYPE, gzip } from '#test/support/api/invalid-request.ts';

describe('a request that is unusual and valid', () => {
  const { system, customer, send } = withInvalidRequests();

  for (const [how, headers] of Object.entries({
    'no content type': {},
    'a content type and no body': JSON_TYPE,
    'another content type and no body': { 'content-type': 'text/plain' },
    'a content encoding and no body': gzip,
  })) {
    it(`accepts a POST that needs no body with ${how}`, async () => {
      const reply = await send({ method: 'POST', path: ACCOUNTS, headers }, randomUUID());
      assert.equal(reply.status, 201, reply.text);
    });
  }

  it('ignores the body of a cancel', async () => {
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

  it('accepts a body of 16 KiB', async () => {
    const body = `{"amount":1,"description":"ok"}`.padEnd(16 * 1024);
    const reply = await send({ method: 'POST', path: ORDERS, headers: JSON_TYPE, body }, customer().userId);
    assert.equal(reply.status, 201);
  });

  it('accepts 500 characters that are two UTF-16 code units each', async () => {
    const description = '🎁'.repeat(500);
    const order = await system().client.as(randomUUID()).placeOrder({ amount: 1n, description });
    assert.equal(order.description, description);
  });

  it('keeps the connection to the service usable after a refused body', async () => {
    const oversized = { method: 'POST', path: ORDERS, headers: JSON_TYPE, body: ' '.repeat(60_000) };
    for (let turn = 0; turn < 5; turn++) {
      assert.equal((await send(oversized, customer().userId)).status, 413);
      // On a connection that still holds the rest of a body it would wait until the gateway answers 504, after 10 s.
      assert.equal((await send({ method: 'GET', path: ORDERS }, customer().userId)).status, 200);
    }
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ProblemBody } from '#contracts/http/problem-codes.ts';
import { newId } from '#contracts/values/ids.ts';
import { withInvalidRequests } from '#test/support/api/invalid-request-sender.ts';
import { ORDERS, ACCOUNTS, TOP_UP } from '#test/support/api/invalid-request.ts';

describe('a client that is not the owner', () => {
  const { system, customer, refused } = withInvalidRequests();

  for (const [who, headers] of Object.entries({
    'no user': {},
    'an empty id': { 'x-user-id': '' },
    'a name': { 'x-user-id': 'alice' },
    'half a UUID': { 'x-user-id': '6f9619ff-8b86-4d01' },
    'two users': { 'x-user-id': `${randomUUID()}, ${randomUUID()}` },
    'a token, which dev does not read': { authorization: 'Bearer x' },
  })) {
    it(`answers 401 on every route to a client that names ${who}`, async () => {
      for (const [method, path] of [
        ['GET', ORDERS],
        ['POST', ORDERS],
        ['GET', `${ORDERS}/${newId()}`],
        ['GET', `${ORDERS}/events`],
        ['POST', ACCOUNTS],
        ['POST', TOP_UP],
        ['POST', `${ORDERS}/${newId()}/cancel`],
        ['GET', '/api/system'],
      ] as const) {
        await refused({ what: who, method, path, status: 401, code: 'missing_identity' }, headers);
      }
    });
  }

  it('refuses a customer another’s order with the same reply as an unknown order', async () => {
    const { orderId } = await customer().placeOrder({ amount: 1n });
    const stranger = system().client.as(randomUUID());
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/timeline'],
      ['GET', '/refunds'],
      ['POST', '/cancel'],
    ] as const) {
      const [theirs, none] = await Promise.all(
        [orderId, newId()].map(async (id) => {
          const { status, headers, body } = await stranger.send({
            method,
            path: `${ORDERS}/${id}${suffix}`,
            headers: { 'X-User-Roles': 'customer' },
          });
          const { requestId: _, ...rest } = body as ProblemBody;
          return { status, names: Object.keys(headers), rest };
        }),
      );
      assert.deepEqual(theirs, none);
      assert.equal(theirs?.status, 404);
    }
  });
});

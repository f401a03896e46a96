import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { newId } from '#contracts/values/ids.ts';
import { problemOf } from '#test/support/system/problem-of.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';

describe('the public API', () => {
  const system = withSharedSystem();

  it('refuses a client that names no user', async () => {
    const reply = await system().client.send({ method: 'GET', path: '/api/orders' });
    assert.deepEqual([reply.status, problemOf(reply).code], [401, 'missing_identity']);
  });

  const orders = '/api/orders';
  const accounts = '/api/payments/accounts';
  const self = 'the caller';
  const malformed: [what: string, path: string, body: unknown, status: number, field: string | undefined][] =
    [
      ['an order without an amount', orders, {}, 422, 'amount'],
      ['an order of nothing', orders, { amount: 0 }, 422, 'amount'],
      ['an order of less than nothing', orders, { amount: -1 }, 422, 'amount'],
      ['an order of half a cent', orders, { amount: 0.5 }, 422, 'amount'],
      ['an amount in words', orders, { amount: '5' }, 422, 'amount'],
      ['an amount over the limit', orders, { amount: 1_000_000_000_001 }, 422, 'amount'],
      ['an amount beyond exact numbers', orders, '{"amount":1e300}', 422, 'amount'],
      ['an unknown field', orders, { amount: 1, price: 1 }, 422, 'price'],
      [
        'a description that is too long',
        orders,
        { amount: 1, description: 'x'.repeat(501) },
        422,
        'description',
      ],
      ['a description with NUL', orders, { amount: 1, description: 'a\0b' }, 422, 'description'],
      ['a userId that is none', orders, { amount: 1, userId: 'me' }, 422, 'userId'],
      ['a list for a body', orders, [], 422, 'body'],
      ['what is not JSON', orders, '{"amount":', 400, undefined],
      ['a body that is too large', orders, { amount: 1, description: 'x'.repeat(20_000) }, 413, undefined],
      ['another currency', accounts, { currency: 'USD' }, 422, 'currency'],
      ['a currency that is none', accounts, { currency: 'euro' }, 422, 'currency'],
      ['a top-up without an amount', `${accounts}/${self}/top-up`, {}, 422, 'amount'],
      ['a top-up of nothing', `${accounts}/${self}/top-up`, { amount: 0 }, 422, 'amount'],
      ['an account that is no UUID', `${accounts}/me/top-up`, { amount: 1 }, 400, 'userId'],
    ];
  for (const [what, path, body, status, field] of malformed) {
    it(`refuses ${what} with ${status}${field ? `, naming ${field}` : ''}`, async () => {
      const customer = system().client.as(randomUUID());
      const reply = await customer.send({ method: 'POST', path: path.replace(self, customer.userId), body });
      assert.equal(reply.status, status);
      assert.equal(problemOf(reply).errors?.[0]?.field, field);
      assert.deepEqual((await customer.orders()).items, []);
    });
  }

  for (const [query, field] of [
    ['limit=0', 'limit'],
    ['limit=x', 'limit'],
    ['status=lost', 'status'],
    ['cursor=1', 'cursor'],
    ['page=2', 'page'],
  ] as const) {
    it(`refuses a list with ?${query}, naming ${field}`, async () => {
      const reply = await system()
        .client.as(randomUUID())
        .send({ method: 'GET', path: `/api/orders?${query}` });
      assert.equal(reply.status, 400);
      assert.equal(problemOf(reply).errors?.[0]?.field, field);
    });
  }

  it('answers a path that is none, and a method that is not taken, with a problem', async () => {
    const customer = system().client.as(randomUUID());
    for (const [method, path, status, code] of [
      ['GET', '/nowhere', 404, 'not_found'],
      ['GET', '/api/nowhere', 404, 'not_found'],
      ['GET', '/api/orders/x/y', 404, 'not_found'],
      ['POST', `/api/orders/${newId()}`, 405, 'method_not_allowed'],
    ] as const) {
      const reply = await customer.send({ method, path, ...(method === 'POST' && { body: {} }) });
      assert.deepEqual([reply.status, problemOf(reply).code], [status, code], path);
    }
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { ProblemBody } from '#contracts/http/problem-codes.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { untilOrderDecided } from '#test/support/system/until-order-decided.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

describe('a request with an Idempotency-Key', () => {
  const system = withSharedSystem();

  it('replays its reply when it is repeated, with one order and one debit', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const request = {
      method: 'POST',
      path: '/api/orders',
      headers: { 'Idempotency-Key': randomUUID() },
      body: { amount: 600 },
    } as const;
    const first = await customer.send(request);
    await untilOrderDecided(customer, (first.body as OrderReply).orderId);
    const second = await customer.send(request);
    assert.deepEqual([second.status, second.body], [201, first.body]);
    assert.deepEqual(
      [first.headers['idempotent-replayed'], second.headers['idempotent-replayed']],
      [undefined, 'true'],
    );
    assert.equal((await customer.orders()).items.length, 1);
    assert.equal((await customer.account()).balance, 400n);
  });

  it('makes one order when it is sent many times at once', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const idempotencyKey = randomUUID();
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () =>
        customer.send({
          method: 'POST',
          path: '/api/orders',
          headers: { 'Idempotency-Key': idempotencyKey },
          body: { amount: 1 },
        }),
      ),
    );
    const [{ orderId } = { orderId: 'none' }] = (await customer.orders()).items;
    for (const { status, headers, body } of replies) {
      if (status === 201) assert.equal((body as OrderReply).orderId, orderId);
      else
        assert.deepEqual(
          [status, (body as ProblemBody).code, headers['retry-after']],
          [409, 'idempotency_key_in_flight', '1'],
        );
    }
    assert.ok(replies.some(({ status }) => status === 201));
    assert.equal((await customer.orders()).items.length, 1);
  });

  it('is refused when its key came with another body, and leaves no trace', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const repeatable = { idempotencyKey: randomUUID() };
    await customer.placeOrder({ amount: 1n }, repeatable);
    await assert.rejects(customer.placeOrder({ amount: 2n }, repeatable), {
      status: 422,
      code: 'idempotency_key_reused',
    });
    assert.equal((await customer.orders()).items.length, 1);
  });

  it('opens one account, and tops up once, when it is repeated', async () => {
    const customer = system().client.as(randomUUID());
    const repeatable = { idempotencyKey: randomUUID() };
    assert.deepEqual(await customer.openAccount({}, repeatable), await customer.openAccount({}, repeatable));
    await assert.rejects(customer.openAccount(), { status: 409, code: 'account_exists' });
    const again = { idempotencyKey: randomUUID() };
    assert.deepEqual(await customer.topUp(7n, again), await customer.topUp(7n, again));
    assert.equal((await customer.account()).balance, 7n);
  });
});

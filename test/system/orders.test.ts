import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { newId } from '#contracts/values/ids.ts';
import { problemOf } from '#test/support/system/problem-of.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { untilOrderDecided } from '#test/support/system/until-order-decided.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

describe('a customer at the public API', () => {
  const system = withSharedSystem();

  it('opens an account, tops it up, and has an order paid from it', async () => {
    const customer = system().client.as(randomUUID());
    const opened = await customer.openAccount();
    assert.deepEqual(opened, {
      userId: customer.userId,
      balance: 0n,
      held: 0n,
      available: 0n,
      currency: 'EUR',
      currencyDigits: 2,
      version: 1n,
      createdAt: opened.createdAt,
    });
    assert.equal((await customer.topUp(5_000n)).balance, 5_000n);

    const placed = await customer.placeOrder({ amount: 1_999n, description: 'A book' });
    assert.deepEqual(placed, {
      orderId: placed.orderId,
      userId: customer.userId,
      amount: 1_999n,
      currency: 'EUR',
      currencyDigits: 2,
      description: 'A book',
      status: 'created',
      statusCode: 0,
      captureMethod: 'automatic',
      captureBefore: null,
      captureRequestedAt: null,
      amountCapturable: 0n,
      amountCaptured: 0n,
      amountRefunded: 0n,
      failureReason: null,
      cancelRequestedAt: null,
      cancellationReason: null,
      createdAt: placed.createdAt,
      updatedAt: placed.createdAt,
    });
    const paid = await untilOrderDecided(customer, placed.orderId);
    const { updatedAt } = paid;
    assert.deepEqual(paid, {
      ...placed,
      status: 'paid',
      statusCode: 1,
      amountCaptured: 1_999n,
      updatedAt,
    });
    const { balance, version } = await customer.account();
    assert.deepEqual({ balance, version }, { balance: 3_001n, version: 3n });
  });

  it('has an order declined for want of money, and none taken', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 101n });
    const { status, statusCode, failureReason } = await untilOrderDecided(customer, orderId);
    assert.deepEqual(
      { status, statusCode, failureReason },
      { status: 'failed', statusCode: 2, failureReason: 'insufficient_funds' },
    );
    assert.equal((await customer.account()).balance, 100n);
  });

  it('has an order declined for want of an account', async () => {
    const customer = system().client.as(randomUUID());
    const { orderId } = await customer.placeOrder({ amount: 1n });
    const { status, failureReason } = await untilOrderDecided(customer, orderId);
    assert.deepEqual({ status, failureReason }, { status: 'failed', failureReason: 'account_not_found' });
  });

  it('lists their own orders, newest first, a page at a time', async () => {
    const customer = system().client.as(randomUUID());
    const placed: string[] = [];
    for (const amount of [1n, 2n, 3n]) placed.unshift((await customer.placeOrder({ amount })).orderId);
    const first = await customer.orders({ limit: 2 });
    const second = await customer.orders({ limit: 2, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [first, second].map(({ items }) => items.map(({ orderId }) => orderId)),
      [placed.slice(0, 2), placed.slice(2)],
    );
    assert.equal(second.nextCursor, null);
  });

  it('finds another customer’s order as absent as one that never was', async () => {
    const { orderId } = await system().client.as(randomUUID()).placeOrder({ amount: 1n });
    const stranger = system().client.as(randomUUID(), 'customer');
    const theirs = await stranger.send({ method: 'GET', path: `/api/orders/${orderId}` });
    const none = await stranger.send({ method: 'GET', path: `/api/orders/${newId()}` });
    for (const reply of [theirs, none]) {
      assert.deepEqual([reply.status, problemOf(reply).code], [404, 'order_not_found']);
    }
    assert.deepEqual((await stranger.orders()).items, []);
  });

  it('can neither look into nor top up another’s account', async () => {
    const customer = await openCustomer(system(), 100n);
    const stranger = await openCustomer(system(), 0n);
    const account = `/api/payments/accounts/${customer.userId}`;
    for (const request of [
      { method: 'GET', path: account },
      { method: 'POST', path: `${account}/top-up`, body: { amount: 1 } },
      { method: 'POST', path: '/api/payments/accounts', body: { userId: customer.userId } },
      { method: 'POST', path: '/api/orders', body: { userId: customer.userId, amount: 1 } },
    ] as const) {
      const reply = await stranger.send(request);
      assert.deepEqual([reply.status, problemOf(reply).code], [403, 'forbidden'], request.path);
    }
    assert.equal((await customer.account()).balance, 100n);
  });
});

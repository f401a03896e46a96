import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';
import { newId } from '#contracts/ids.ts';
import type { OrderReply } from '#contracts/orders-api.ts';
import { PAYMENT_STATUS_TOPIC } from '#contracts/payment-events.ts';
import type { ProblemBody } from '#contracts/problem.ts';
import type { ApiReply, Customer } from '#contracts/client.ts';
import { namespace } from '../../temporal-config/namespace.ts';
import { openCustomer } from '../kit/customers.ts';
import { eventually } from '../kit/eventually.ts';
import { withSharedSystem } from '../kit/shared-system.ts';
import type { ReadMessage } from '../kit/topics.ts';

describe('the public API', () => {
  const system = withSharedSystem();

  it('pays an order from the account that was opened and topped up', async () => {
    const customer = system().client.as(randomUUID());
    const opened = await customer.openAccount();
    assert.deepEqual(opened, {
      userId: customer.userId,
      balance: 0n,
      currency: 'EUR',
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
      description: 'A book',
      status: 'created',
      statusCode: 0,
      failureReason: null,
      cancelRequestedAt: null,
      createdAt: placed.createdAt,
      updatedAt: placed.createdAt,
    });
    const paid = await untilDecided(customer, placed.orderId);
    assert.deepEqual(paid, { ...placed, status: 'paid', statusCode: 1, updatedAt: paid.updatedAt });
    const { balance, version } = await customer.account();
    assert.deepEqual({ balance, version }, { balance: 3_001n, version: 3n });
  });

  it('declines an order for want of money, and takes none', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 101n });
    const { status, statusCode, failureReason } = await untilDecided(customer, orderId);
    assert.deepEqual(
      { status, statusCode, failureReason },
      { status: 'failed', statusCode: 2, failureReason: 'insufficient_funds' },
    );
    assert.equal((await customer.account()).balance, 100n);
  });

  it('declines an order of a customer without an account', async () => {
    const customer = system().client.as(randomUUID());
    const { orderId } = await customer.placeOrder({ amount: 1n });
    const { status, failureReason } = await untilDecided(customer, orderId);
    assert.deepEqual({ status, failureReason }, { status: 'failed', failureReason: 'account_not_found' });
  });

  it('lists a customer’s own orders, newest first, a page at a time', async () => {
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

  it('shows another customer’s order to nobody: it is as absent as one that never was', async () => {
    const { orderId } = await system().client.as(randomUUID()).placeOrder({ amount: 1n });
    const stranger = system().client.as(randomUUID());
    const theirs = await stranger.send({ method: 'GET', path: `/api/orders/${orderId}` });
    const none = await stranger.send({ method: 'GET', path: `/api/orders/${newId()}` });
    for (const reply of [theirs, none]) {
      assert.deepEqual([reply.status, problemOf(reply).code], [404, 'order_not_found']);
    }
    assert.deepEqual((await stranger.orders()).items, []);
  });

  it('lets nobody look into or top up another’s account', async () => {
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

  it('replays the reply to a repeated Idempotency-Key, with one order and one debit', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const request = {
      method: 'POST',
      path: '/api/orders',
      headers: { 'Idempotency-Key': randomUUID() },
      body: { amount: 600 },
    } as const;
    const first = await customer.send(request);
    await untilDecided(customer, (first.body as OrderReply).orderId);
    const second = await customer.send(request);
    assert.deepEqual([second.status, second.body], [201, first.body]);
    assert.deepEqual(
      [first.headers['idempotent-replayed'], second.headers['idempotent-replayed']],
      [undefined, 'true'],
    );
    assert.equal((await customer.orders()).items.length, 1);
    assert.equal((await customer.account()).balance, 400n);
  });

  it('makes one order of a key that is sent many times at once', async () => {
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

  it('refuses a used Idempotency-Key with another body, and leaves no trace of it', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const repeatable = { idempotencyKey: randomUUID() };
    await customer.placeOrder({ amount: 1n }, repeatable);
    await assert.rejects(customer.placeOrder({ amount: 2n }, repeatable), {
      status: 422,
      code: 'idempotency_key_reused',
    });
    assert.equal((await customer.orders()).items.length, 1);
  });

  it('opens one account and tops up once for a repeated key', async () => {
    const customer = system().client.as(randomUUID());
    const repeatable = { idempotencyKey: randomUUID() };
    assert.deepEqual(await customer.openAccount({}, repeatable), await customer.openAccount({}, repeatable));
    await assert.rejects(customer.openAccount(), { status: 409, code: 'account_exists' });
    const again = { idempotencyKey: randomUUID() };
    assert.deepEqual(await customer.topUp(7n, again), await customer.topUp(7n, again));
    assert.equal((await customer.account()).balance, 7n);
  });

  it('refuses whoever does not say who he is', async () => {
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

describe('the services behind the door', () => {
  const system = withSharedSystem();

  for (const [name, path] of [
    ['orders', '/api/orders'],
    ['payments', '/api/payments/accounts/x'],
    ['workflows', '/api/system'],
  ] as const) {
    it(`${name} answers nobody without the service secret`, async () => {
      const url = `${system().service(name).url}${path}`;
      for (const secret of [
        undefined,
        '',
        randomBytes(16).toString('base64url'),
        ` ${system().secrets.service}x`,
      ]) {
        const headers = {
          'X-User-Id': randomUUID(),
          ...(secret !== undefined && { 'X-Service-Secret': secret }),
        };
        const reply = await fetch(url, { headers });
        assert.equal(reply.status, 401);
        assert.equal(reply.headers.get('content-type'), 'application/problem+json');
      }
    });
  }

  it('are told by the gateway alone who asks, also when a client expects 100-continue', async () => {
    const victim = await openCustomer(system(), 100n);
    const thief = await openCustomer(system(), 0n);
    const body = JSON.stringify({ amount: 1 });
    const reply = await rawRequest(system().client.baseUrl, [
      'POST /api/orders HTTP/1.1',
      'Host: gozon',
      'Connection: close',
      `X-User-Id: ${thief.userId}`,
      'X-Service-Secret: stolen',
      `Forwarded: for=${victim.userId}`,
      'Expect: 100-continue',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ]);
    assert.match(reply, /HTTP\/1\.1 201 Created/);
    assert.equal((await thief.orders()).items.length, 1);
    assert.equal((await victim.orders()).items.length, 0);
  });

  it('are not reached by a request that says twice who asks', async () => {
    const [victim, thief] = [randomUUID(), randomUUID()];
    const reply = await rawRequest(system().client.baseUrl, [
      'GET /api/orders HTTP/1.1',
      'Host: gozon',
      'Connection: close',
      `X-User-Id: ${thief}`,
      `X-User-Id: ${victim}`,
      'Expect: 100-continue',
      '',
      '',
    ]);
    assert.match(reply, /HTTP\/1\.1 401 Unauthorized/);
  });
});

describe('what an order leaves behind', () => {
  const system = withSharedSystem();

  it('is a CloudEvent on the topic, with the trace of the request that placed it', async () => {
    const customer = await openCustomer(system(), 100n);
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
    const reply = await customer.send({
      method: 'POST',
      path: '/api/orders',
      headers: { traceparent },
      body: { amount: 42 },
    });
    assert.equal(reply.headers['traceparent'], traceparent);
    const { orderId } = reply.body as OrderReply;
    await untilDecided(customer, orderId);
    const [event, ...more] = await eventsOf(orderId);
    assert.deepEqual(more, []);
    const value = JSON.parse(event?.value ?? '') as { time: string };
    assert.deepEqual(event?.headers, { 'content-type': 'application/cloudevents+json; charset=UTF-8' });
    assert.deepEqual(value, {
      specversion: '1.0',
      id: `${orderId}/decision`,
      source: '/gozon/payments',
      type: 'payment.completed',
      subject: orderId,
      time: value.time,
      datacontenttype: 'application/json',
      traceparent,
      data: { orderId, userId: customer.userId, amount: 42, currency: 'EUR', rank: 1 },
    });
    assert.equal(new Date(value.time).toISOString(), value.time);
  });

  it('is an event that says why it was declined', async () => {
    const customer = await openCustomer(system(), 0n);
    const { orderId } = await customer.placeOrder({ amount: 42n });
    await untilDecided(customer, orderId);
    const [event] = await eventsOf(orderId);
    const { id, type, data } = JSON.parse(event?.value ?? '') as {
      id: string;
      type: string;
      data: { reason: string };
    };
    assert.deepEqual(
      [id, type, data.reason],
      [`${orderId}/decision`, 'payment.declined', 'insufficient_funds'],
    );
  });

  it('is a workflow that its customer finds, and that says in words what it does', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 42n });
    await untilDecided(customer, orderId);
    const connection = await Connection.connect({ address: system().temporalAddress });
    try {
      const { workflow } = new Client({ connection, namespace: namespace.name });
      const [found] = await eventually('the workflow to be found', async () => {
        const all = await Array.fromAsync(workflow.list({ query: `CustomerId = '${customer.userId}'` }));
        return all.length > 0 && all;
      });
      assert.deepEqual([found?.workflowId, found?.type], [`order-${orderId}`, 'payOrder']);
      const handle = workflow.getHandle(`order-${orderId}`);
      assert.equal(await (await handle.describe()).staticSummary(), 'Pay 0.42 EUR');
      const result = (await handle.result()) as { decidedAt: string };
      assert.deepEqual(result, {
        orderId,
        userId: customer.userId,
        amount: '42',
        currency: 'EUR',
        outcome: 'completed',
        decidedAt: result.decidedAt,
      });
      const { events } = await handle.fetchHistory();
      const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      const given = JSON.parse(Buffer.from(input?.data ?? []).toString()) as { traceparent: string };
      assert.deepEqual(given, {
        orderId,
        userId: customer.userId,
        amount: '42',
        currency: 'EUR',
        traceparent: given.traceparent,
      });
    } finally {
      await connection.close();
    }
  });

  async function eventsOf(orderId: string): Promise<ReadMessage[]> {
    const all = await system().topics.readAll(PAYMENT_STATUS_TOPIC.name);
    return all.filter(({ key }) => key === orderId);
  }
});

async function untilDecided(customer: Customer, orderId: string): Promise<OrderReply> {
  return eventually(`order ${orderId} to be decided`, async () => {
    const order = await customer.order(orderId);
    return order.status !== 'created' && order;
  });
}

function problemOf(reply: ApiReply): ProblemBody {
  assert.equal(reply.headers['content-type'], 'application/problem+json');
  const problem = reply.body as ProblemBody;
  assert.equal(problem.status, reply.status);
  return problem;
}

/** Sends what no HTTP client would, and returns all that comes back. */
async function rawRequest(baseUrl: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname);
  socket.write(lines.join('\r\n'));
  return text(socket);
}

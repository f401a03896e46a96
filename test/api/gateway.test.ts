import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { api } from '#contracts/http/api.ts';
import { newId } from '#contracts/values/ids.ts';
import { assertNoLeaks } from '#test/support/api/no-leaks.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

const SHOP = 'https://shop.example';
const MONEY_IN = '{"amount":1}';

describe('the gateway', () => {
  const system = withSharedSystem();
  const stack = new AsyncDisposableStack();
  let gateway: string;
  before(async () => {
    const settings = { CORS_ORIGINS: `${SHOP}, http://localhost:5173`, RATE_LIMIT_PER_USER: '5' };
    gateway = stack.use(await startExtraProcess(system(), 'gateway', settings)).url;
  });
  after(async () => stack.disposeAsync());

  const ask = async (where: string, { headers = {}, ...rest }: RequestInit = {}, url = gateway) =>
    fetch(new URL(where, url), {
      ...rest,
      headers: { 'X-User-Id': randomUUID(), ...(headers as Record<string, string>) },
    });

  it('limits the requests per second of one user, with the time after which to repeat them', async () => {
    const [busy, calm] = [randomUUID(), randomUUID()];
    const replies = await Promise.all(
      Array.from({ length: 30 }, async () => ask('/api/orders', { headers: { 'X-User-Id': busy } })),
    );
    const statuses = Map.groupBy(replies, ({ status }) => status);
    assert.ok((statuses.get(429)?.length ?? 0) >= 15, 'most requests are refused');
    for (const reply of statuses.get(429) ?? []) {
      assert.equal(reply.headers.get('retry-after'), '1');
      assert.equal(reply.headers.get('ratelimit-policy'), '"user";q=5;w=1');
      assert.equal(reply.headers.get('ratelimit'), '"user";r=0;t=1');
      assert.equal(((await reply.json()) as { code: string }).code, 'rate_limited');
    }
    for (const reply of statuses.get(200) ?? []) {
      assert.match(reply.headers.get('ratelimit') ?? '', /^"user";r=[0-4];t=1$/);
    }
    assert.equal((await ask('/api/orders', { headers: { 'X-User-Id': calm } })).status, 200);
    await eventually('the busy user to be answered again', async () => {
      return (await ask('/api/orders', { headers: { 'X-User-Id': busy } })).status === 200;
    });
  });

  it('counts a request that changes something as two', async () => {
    // The service refuses it for the lack of a media type, which is enough here.
    const change = { method: 'POST', body: '{}', headers: { 'X-User-Id': randomUUID() } };
    const replies = await Promise.all(Array.from({ length: 4 }, async () => ask('/api/orders', change)));
    const rest = replies.map((reply) => `${reply.status} ${reply.headers.get('ratelimit')}`);
    assert.deepEqual(rest.toSorted(), [
      '415 "user";r=1;t=1',
      '415 "user";r=3;t=1',
      '429 "user";r=0;t=1',
      '429 "user";r=0;t=1',
    ]);
  });

  it('tells with each reply, its own or a service’s, how long it keeps an idle connection', async () => {
    for (const where of ['/openapi.json', '/api/orders', '/api/none']) {
      assert.equal((await ask(where)).headers.get('keep-alive'), 'timeout=620', where);
    }
  });

  it('answers the preflight request of a configured origin without an identity', async () => {
    for (const origin of [SHOP, 'http://localhost:5173']) {
      const reply = await fetch(new URL('/api/orders', gateway), {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'x-user-id, idempotency-key, content-type',
        },
      });
      assert.equal(reply.status, 204);
      assert.equal(reply.headers.get('access-control-allow-origin'), origin);
      assert.equal(reply.headers.get('access-control-allow-methods'), 'GET,HEAD,POST');
      assert.match(reply.headers.get('access-control-allow-headers') ?? '', /idempotency-key/);
      assert.equal(reply.headers.get('access-control-allow-credentials'), null);
    }
  });

  it('lets a configured origin read replies, refusals and their headers', async () => {
    for (const where of ['/api/orders', `/api/orders/${newId()}`, '/nowhere']) {
      const reply = await ask(where, { headers: { Origin: SHOP } });
      assert.equal(reply.headers.get('access-control-allow-origin'), SHOP, where);
      assert.match(reply.headers.get('access-control-expose-headers') ?? '', /ETag,Location,.*Retry-After/);
      assert.match(reply.headers.get('vary') ?? '', /Origin/);
    }
  });

  it('sends no CORS headers to any other origin', async () => {
    for (const origin of ['https://evil.example', `${SHOP}.evil.example`, 'null', SHOP.toUpperCase()]) {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
        const reply = await ask('/api/orders', { method, headers });
        assert.equal(reply.headers.get('access-control-allow-origin'), null);
      }
    }
  });

  it('answers 304 for the latest ETag of an account and of an order', async () => {
    const customer = await openCustomer(system(), 100n);
    const order = await customer.placeOrder({ amount: 1n });
    await eventually('it to be paid', async () => (await customer.order(order.orderId)).status === 'paid');
    for (const where of [`/api/payments/accounts/${customer.userId}`, `/api/orders/${order.orderId}`]) {
      const identity = { 'X-User-Id': customer.userId };
      const url = system().client.baseUrl;
      const first = await ask(where, { headers: identity }, url);
      const etag = first.headers.get('etag') ?? '';
      assert.match(etag, /^"[\w-]+"$/);
      assert.equal(first.headers.get('cache-control'), 'private, no-cache');
      for (const [given, status] of [
        [etag, 304],
        [`"other", ${etag}`, 304],
        [`W/${etag}`, 304],
        ['"other"', 200],
      ] as const) {
        const reply = await ask(where, { headers: { ...identity, 'If-None-Match': given } }, url);
        assert.deepEqual([reply.status, reply.headers.get('etag')], [status, etag], given);
        assert.equal(await reply.text(), status === 304 ? '' : await first.clone().text());
      }
    }
    const account = `/api/payments/accounts/${customer.userId}`;
    const before = (await customer.send({ method: 'GET', path: account })).headers['etag'];
    await customer.topUp(1n);
    const after = await customer.send({
      method: 'GET',
      path: account,
      headers: { 'If-None-Match': String(before) },
    });
    assert.equal(after.status, 200, 'it has changed');
  });

  it('answers HEAD as GET without a body, and OPTIONS with the methods of a path', async () => {
    for (const { path: route, method } of api.filter(({ id }) => id !== 'followOrders')) {
      const where = route.replace('{userId}', randomUUID()).replace('{orderId}', newId());
      if (method === 'get') {
        const headers = { 'X-User-Id': where.split('/')[4] ?? randomUUID() };
        const [got, head] = await Promise.all([
          ask(where, { headers }),
          ask(where, { headers, method: 'HEAD' }),
        ]);
        assert.equal(head.status, got.status, where);
        assert.equal(head.headers.get('content-type'), got.headers.get('content-type'));
        assert.equal(await head.text(), '');
      }
      const options = await ask(where, { method: 'OPTIONS' });
      assert.equal(options.status, 200);
      assert.match(options.headers.get('allow') ?? '', method === 'get' ? /GET/ : /POST/, where);
    }
  });

  it('sends the Location of a new order', async () => {
    const { userId } = await openCustomer(system(), 0n);
    const headers = { 'X-User-Id': userId, 'Content-Type': 'application/json' };
    const placed = await ask('/api/orders', { method: 'POST', headers, body: MONEY_IN });
    assert.equal(placed.status, 201);
    const found = await ask(placed.headers.get('location') ?? '', { headers });
    assert.equal(
      ((await found.json()) as { orderId: string }).orderId,
      ((await placed.json()) as { orderId: string }).orderId,
    );
  });

  it('keeps or creates a request id and a trace, and logs them in every service on the way', async () => {
    const given = {
      'X-Request-Id': `partner-${randomUUID()}`,
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    };
    const replies = [
      await ask('/api/orders', { headers: given }, system().client.baseUrl),
      await ask('/api/orders', {}, system().client.baseUrl),
    ];
    assert.equal(replies[0]?.headers.get('x-request-id'), given['X-Request-Id']);
    assert.equal(replies[0]?.headers.get('traceparent'), given.traceparent);
    for (const { headers } of replies) {
      const [requestId, trace] = [headers.get('x-request-id') ?? '', headers.get('traceparent') ?? ''];
      assert.match(requestId, /^[\w-]{36,}$/);
      assert.match(trace, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      for (const service of ['gateway', 'orders']) {
        const line = await eventually(`${service} to have logged it`, () => logLine(service, requestId));
        assert.deepEqual(
          [line['trace_id'], line['span_id']],
          [trace.slice(3, 35), trace.slice(36, 52)],
          service,
        );
        assert.deepEqual([line['path'], line['status']], ['/api/orders', 200]);
      }
    }
  });

  it('passes the ids of a request on when one service calls another', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const { orderId } = await customer.placeOrder({ amount: 1n });
    const requestId = `partner-${randomUUID()}`;
    const headers = { 'X-Request-Id': requestId, 'X-User-Id': customer.userId };
    const reply = await ask(`/api/orders/${orderId}/timeline`, { headers }, system().client.baseUrl);
    assert.equal(reply.status, 200);
    for (const service of ['gateway', 'orders', 'payments', 'workflows']) {
      const line = await eventually(`${service} to have logged it`, () => logLine(service, requestId));
      assert.equal(line['trace_id'], reply.headers.get('traceparent')?.slice(3, 35), service);
    }
  });

  it('replaces a request id that could forge a log line', async () => {
    const reply = await ask('/api/orders', { headers: { 'X-Request-Id': '{"level":"info"} \t' } });
    assert.match(reply.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  it('sends security headers with every reply, and no Server or X-Powered-By header', async () => {
    for (const where of [
      '/',
      '/swagger',
      '/openapi.json',
      '/api/orders',
      '/nowhere',
      `/api/orders/${newId()}`,
    ]) {
      const { headers } = await ask(where);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', where);
      assert.match(
        headers.get('content-security-policy') ?? '',
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      assert.equal(headers.get('referrer-policy'), 'no-referrer', where);
      assert.ok(headers.has('cross-origin-opener-policy'), where);
      for (const name of ['x-powered-by', 'server', 'x-service-secret', 'x-user-id']) {
        assert.equal(headers.get(name), null, where);
      }
    }
  });

  it('exposes nothing of the services but their API', async () => {
    for (const where of [
      '/internal/decisions/x',
      '/api/internal',
      '/api/orders/../metrics',
      '/api/metrics',
    ]) {
      assert.equal((await ask(where)).status, 404, where);
    }
    const { roles } = (await (await ask('/health/ready')).json()) as { roles: object };
    assert.deepEqual(roles, {});
  });

  it('answers 503 with Retry-After while one service is down, and serves the other', async () => {
    const [nobody] = await findFreePorts(1);
    await using lone = await startExtraProcess(system(), 'gateway', {
      ORDERS_URL: `http://${LOOPBACK}:${nobody}`,
    });
    for (const method of ['GET', 'POST']) {
      const headers = { 'Content-Type': 'application/json' };
      const body = method === 'POST' ? MONEY_IN : null;
      const reply = await ask('/api/orders', { method, headers, body }, lone.url);
      const text = await reply.text();
      assert.deepEqual([reply.status, reply.headers.get('retry-after')], [503, '2']);
      assert.equal((JSON.parse(text) as { code: string }).code, 'unavailable');
      assertNoLeaks(system(), text);
    }
    const { userId } = await openCustomer(system(), 0n);
    const account = await ask(
      `/api/payments/accounts/${userId}`,
      { headers: { 'X-User-Id': userId } },
      lone.url,
    );
    assert.equal(account.status, 200);
  });

  it('answers 504 when a service accepts the connection and never replies', async () => {
    await using silent = await openSilence();
    await using lone = await startExtraProcess(system(), 'gateway', { ORDERS_URL: silent.url });
    const reply = await ask('/api/orders', {}, lone.url);
    const text = await reply.text();
    assert.equal(reply.status, 504);
    assert.equal((JSON.parse(text) as { code: string }).code, 'upstream_timeout');
    assertNoLeaks(system(), text);
  });

  function logLine(service: string, requestId: string): Record<string, unknown> | undefined {
    const log = readFileSync(path.join(system().settings.logs, `${service}.log`), 'utf8');
    const line = log.split('\n').find((each) => each.includes(requestId) && each.includes('"msg":"request"'));
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  }
});

/** A service that accepts connections and never replies. */
async function openSilence() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

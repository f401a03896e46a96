import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { proxyTo } from '#gateway/proxy.ts';
import { upstreamHeaders } from '#gateway/upstream-headers.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openSocket, readReply, sendLines } from '#test/support/api/raw-http.ts';
import { everyoneIs, openUpstream } from '#test/support/gateway.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

describe('a request that no HTTP client sends', () => {
  const system = withSharedSystem();
  const body = '{"amount":1}';
  const send = async (...lines: string[]) => sendLines(system().client.baseUrl, [...lines, '', '']);
  const order = async (userId: string, ...headers: string[]) =>
    sendLines(system().client.baseUrl, [
      'POST /api/orders HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `X-User-Id: ${userId}`,
      'Content-Type: application/json',
      ...headers,
      '',
      body,
    ]);
  const length = `Content-Length: ${body.length}`;

  it('gives a request with Expect: 100-continue neither another identity nor the service secret', async () => {
    const victim = await openCustomer(system(), 100n);
    const thief = await openCustomer(system(), 0n);
    const reply = await order(
      thief.userId,
      'Expect: 100-continue',
      'X-Service-Secret: stolen',
      `Forwarded: for=${victim.userId}`,
      `X-User-Id : ${victim.userId}`,
      length,
    );
    // A space before the colon is a trick of its own (RFC 9112, section 5.1).
    assert.equal(reply.status, 400);
    const second = await order(thief.userId, 'Expect: 100-continue', 'X-Service-Secret: stolen', length);
    assert.match(second.all, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created/);
    assert.equal(second.body['userId'], thief.userId);
    assert.deepEqual([(await victim.orders()).items.length, (await thief.orders()).items.length], [0, 1]);
  });

  it('refuses a request that names its user twice', async () => {
    const reply = await order(randomUUID(), `X-User-Id: ${randomUUID()}`, length);
    assert.deepEqual([reply.status, reply.body['code']], [401, 'missing_identity']);
  });

  for (const [header, values] of [
    ['Idempotency-Key', ['one', 'two']],
    ['Content-Type', ['application/json']],
    ['Content-Encoding', ['identity', 'gzip']],
  ] as const) {
    it(`refuses a request with two ${header} headers`, async () => {
      const reply = await order(randomUUID(), ...values.map((value) => `${header}: ${value}`), length);
      assert.deepEqual([reply.status, reply.body['code']], [400, 'invalid_parameter']);
      assert.match(String(reply.body['detail']), new RegExp(header, 'i'));
    });
  }

  it('keeps a header that is named in Connection', async () => {
    const { userId } = await openCustomer(system(), 0n);
    const reply = await order(userId, 'Connection: X-User-Id, X-Service-Secret, traceparent, close', length);
    assert.equal(reply.status, 201);
    assert.equal(reply.body['userId'], userId);
  });

  it('refuses a request with both a length and chunks, which two readers would split differently', async () => {
    const smuggled = 'GET /metrics HTTP/1.1';
    const reply = await order(randomUUID(), length, 'Transfer-Encoding: chunked', '', '0', '', smuggled);
    assert.deepEqual([reply.status, reply.body['code']], [400, 'malformed_request']);
    assert.equal(reply.all.match(/^HTTP\/1\.1 \d/gm)?.length, 1, 'there is one answer');
  });

  for (const [what, ...headers] of [
    ['two lengths', 'Content-Length: 1', length],
    ['a length that is none', 'Content-Length: 0x10'],
    ['chunks that are not the last encoding', 'Transfer-Encoding: chunked, identity'],
    ['a header folded over two lines', 'X-Folded: a', ' b', length],
  ] as const) {
    it(`refuses a request with ${what}`, async () => {
      const reply = await order(randomUUID(), ...headers);
      assert.deepEqual([reply.status, reply.body['code']], [400, 'malformed_request']);
    });
  }

  it('refuses a request without a Host header', async () => {
    const reply = await send('GET /api/orders HTTP/1.1', 'Connection: close');
    assert.deepEqual([reply.status, reply.body['code']], [400, 'malformed_request']);
  });

  it('refuses a request that is not HTTP', async () => {
    const reply = await send('\x16\x03\x01 hello');
    assert.deepEqual([reply.status, reply.body['code']], [400, 'malformed_request']);
    assert.ok(reply.all.includes(`X-Request-Id: ${String(reply.body['requestId'])}\r\n`), reply.all);
    assert.match(reply.all, /^x-content-type-options: nosniff\r$/im);
    assert.match(reply.all, /^cache-control: no-store\r$/im);
  });

  it('refuses more than 16 KiB of headers, in one or in many', async () => {
    const many = Array.from({ length: 400 }, (_, index) => `X-Header-${index}: ${'x'.repeat(60)}`);
    for (const headers of [[`X-Long: ${'x'.repeat(17_000)}`], many]) {
      const reply = await send('GET /api/orders HTTP/1.1', 'Host: localhost', ...headers);
      assert.deepEqual([reply.status, reply.body['code']], [431, 'headers_too_large']);
      assert.match(reply.all, /content-type: application\/problem\+json/i);
    }
  });

  it('answers a request with an unknown expectation', async () => {
    const { userId } = await openCustomer(system(), 0n);
    assert.equal((await order(userId, 'Expect: a-miracle', length)).status, 201);
  });

  it('routes an absolute URL by its path, and to no other host', async () => {
    const { userId } = await openCustomer(system(), 0n);
    const reply = await send(
      'GET http://169.254.0.1/api/orders HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `X-User-Id: ${userId}`,
    );
    assert.deepEqual([reply.status, reply.body['items']], [200, []]);
  });
});

describe('a slow client', () => {
  const deadlines = { headers: 300, request: 900 };
  const stack = new AsyncDisposableStack();
  let gateway: { url: string };

  before(async () => {
    const upstream = stack.use(await openUpstream());
    const log = createLogger('test', 'silent');
    const app = createApp({ log, health: createHealth() });
    app.use(everyoneIs(randomUUID()));
    app.use(upstreamHeaders('a-secret-of-tests-only'));
    app.use(proxyTo('/quick', upstream.url, { timeout: 400 }));
    app.use(proxyTo('/api/orders', upstream.url, { timeout: 5_000 }));
    gateway = stack.use(await serve(app, { host: '127.0.0.1', port: 0, log, deadlines }));
  });
  after(async () => stack.disposeAsync());

  it('answers 408 to a client that is slow with the headers', async () => {
    const reply = await slowly('GET /api/orders HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'x');
    assert.deepEqual([reply.status, reply.body['code']], [408, 'request_timeout']);
  });

  it('answers 408 to a client that is slow with the body', async () => {
    const reply = await slowly(
      'POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n',
      'x',
    );
    assert.deepEqual([reply.status, reply.body['code']], [408, 'request_timeout']);
  });

  it('answers 408, not 504, to a client that stops within the body', async () => {
    const reply = await slowly('POST /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n', '');
    assert.deepEqual([reply.status, reply.body['code']], [408, 'request_timeout']);
  });

  /** Sends the beginning, then a little of the rest twenty times a second, until it is answered. */
  async function slowly(beginning: string, little: string) {
    const socket = openSocket(gateway.url);
    const reply = readReply(socket);
    socket.write(beginning);
    const dripping = setInterval(() => socket.writable && socket.write(little), 50);
    try {
      return await reply;
    } finally {
      clearInterval(dripping);
    }
  }
});

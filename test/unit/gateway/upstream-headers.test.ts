import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import type { Listening } from '#platform/http/serve.ts';
import { everyoneIs, openGateway, openUpstream } from '#test/support/gateway.ts';
import type { Upstream } from '#test/support/gateway.ts';
import { SERVICE_SECRET, call } from '#test/support/test-service.ts';
import type { Call } from '#test/support/test-service.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the request that a service gets', () => {
  const alice = newId();
  const mallory = newId();
  let upstream: Upstream;
  let gateway: Listening;
  before(async () => {
    upstream = await openUpstream();
    gateway = await openGateway({ upstream: upstream.url, identify: everyoneIs(alice) });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    upstream.received.length = 0;
  });

  async function receivedOf(request: Call, path = '/api/orders') {
    const { status } = await call(`${gateway.url}${path}`, request);
    assert.equal(status, 200);
    const [received, ...more] = upstream.received;
    assert.deepEqual(more, []);
    assert.ok(received);
    return received;
  }

  /** What must hold whatever the client sent. */
  function assertFromGateway(headers: Record<string, unknown>): void {
    assert.equal(headers['x-user-id'], alice);
    assert.equal(headers['x-user-roles'], '');
    assert.equal(headers['x-service-secret'], SERVICE_SECRET);
  }

  it('has the client’s method, path, body and allowed headers', async () => {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': 'one',
      'if-none-match': '"3"',
      'last-event-id': '42',
      traceparent: TRACEPARENT,
      tracestate: 'congo=t61rcWkgMzE',
      'x-request-id': 'request-1',
    };
    const body = '{"amount": 5, "description": "schön"}';
    const received = await receivedOf({ method: 'POST', headers, body }, '/api/orders?limit=3&status=paid');
    assert.deepEqual(
      [received.method, received.url, received.body],
      ['POST', '/api/orders?limit=3&status=paid', body],
    );
    for (const [name, value] of Object.entries(headers)) assert.equal(received.headers[name], value, name);
    assertFromGateway(received.headers);
  });

  it('has no other header of the client', async () => {
    const { headers } = await receivedOf({
      headers: {
        authorization: 'Bearer secret',
        cookie: 'session=secret',
        forwarded: 'for=10.0.0.1',
        'x-forwarded-for': '10.0.0.1',
        'x-http-method-override': 'DELETE',
        'x-original-url': '/internal',
        'x-anything': 'at all',
      },
    });
    const names = Object.keys(headers).toSorted();
    assert.deepEqual(names, [
      'connection',
      'host',
      'traceparent',
      'x-request-id',
      'x-service-secret',
      'x-user-id',
      'x-user-roles',
    ]);
  });

  const spoofs: Record<string, NonNullable<Call['headers']>> = {
    'claims to be another user': { 'x-user-id': mallory },
    'says it in another case': { 'X-USER-ID': mallory },
    'says it twice': { 'x-user-id': [mallory, mallory] },
    'claims to have roles': { 'x-user-roles': 'operator, merchant' },
    'guesses the service secret': { 'x-service-secret': 'guess' },
    'names the headers in Connection, to have them removed': {
      connection: 'close, x-user-id, x-service-secret',
    },
    'expects 100-continue': { expect: '100-continue', 'x-user-id': mallory, 'content-length': 0 },
  };
  for (const [how, headers] of Object.entries(spoofs)) {
    it(`has the user from the gateway alone when a client ${how}`, async () => {
      for (const method of ['GET', 'POST']) {
        upstream.received.length = 0;
        const received = await receivedOf({ method, headers: { ...headers } });
        assertFromGateway(received.headers);
        assert.equal(received.headers['expect'], undefined);
      }
    });
  }

  it('has a request id and a trace even if the client sent none', async () => {
    const { headers } = await receivedOf({});
    assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
    assert.match(String(headers['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('has a body that the client sent in chunks', async () => {
    const body = 'x'.repeat(5_000);
    const received = await receivedOf({ method: 'POST', body, chunked: true });
    assert.equal(received.body, body);
    assertFromGateway(received.headers);
  });
});

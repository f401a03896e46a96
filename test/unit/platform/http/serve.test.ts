import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type Router from '@koa/router';
import { SHUTDOWN } from '#contracts/values/deadlines.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { sendJson } from '#platform/http/send-json.ts';
import { SERVICE_SECRET, call, serveTestService } from '#test/support/test-service.ts';
import type { Call, TestService } from '#test/support/test-service.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a service', () => {
  let service: TestService;
  before(async () => {
    service = await serveTestService((router) => {
      router.get('/things', (ctx) => sendJson(ctx, 200, { amount: 2n ** 60n }));
      router.post('/things', (ctx) => sendJson(ctx, 201, {}));
      router.get('/bug', () => {
        throw new Error('password authentication failed for user "orders"');
      });
      router.get('/outage', () => {
        throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
      });
    });
  });
  after(async () => service[Symbol.asyncDispose]());

  const get = async (path: string, { headers, ...rest }: Call = {}) =>
    call(`${service.url}${path}`, { headers: { 'x-service-secret': SERVICE_SECRET, ...headers }, ...rest });

  it('answers a caller that knows the service secret, with money as JSON integers', async () => {
    const { status, headers, text } = await get('/things');
    assert.deepEqual([status, text], [200, '{"amount":1152921504606846976}']);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  });

  for (const headers of [{}, { 'x-service-secret': '' }]) {
    it(`answers nobody without the service secret: ${JSON.stringify(headers)}`, async () => {
      for (const path of ['/things', '/nowhere']) {
        const { status, body } = await call(`${service.url}${path}`, { headers });
        assert.deepEqual([status, body['code']], [401, 'missing_identity']);
      }
    });
  }

  for (const secret of ['a-secret-of-tests-onlx', `${SERVICE_SECRET}!`, SERVICE_SECRET.slice(1)]) {
    it(`takes a caller with the service secret ${secret} for a process of ours that is set up wrongly`, async () => {
      for (const path of ['/things', '/nowhere']) {
        const { status, body } = await call(`${service.url}${path}`, {
          headers: { 'x-service-secret': secret },
        });
        assert.deepEqual([status, body['code']], [503, 'unavailable']);
      }
    });
  }

  it('answers an unknown path with a problem', async () => {
    const { status, body } = await get('/nowhere');
    assert.deepEqual([status, body['code']], [404, 'not_found']);
  });

  it('answers a method that a path does not take with those that it does', async () => {
    const { status, headers, body } = await get('/things', { method: 'DELETE' });
    assert.deepEqual([status, body['code']], [405, 'method_not_allowed']);
    assert.deepEqual(headers.allow?.split(', ').toSorted(), ['GET', 'HEAD', 'POST']);
  });

  it('reveals no internals when a handler fails', async () => {
    const { status, body, text } = await get('/bug');
    assert.deepEqual([status, body['code']], [500, 'internal_error']);
    assert.doesNotMatch(text, /password|orders/);
  });

  it('says when to retry while the database is away', async () => {
    const { status, headers, body, text } = await get('/outage');
    assert.deepEqual([status, body['code'], headers['retry-after']], [503, 'unavailable', '2']);
    assert.doesNotMatch(text, /127\.0\.0\.1/);
  });

  it('keeps the request id and the trace that it is given, and shows them in a problem', async () => {
    const { headers, body } = await get('/nowhere', {
      headers: { 'x-request-id': 'one:2', traceparent: TRACEPARENT },
    });
    assert.deepEqual([headers['x-request-id'], headers['traceparent']], ['one:2', TRACEPARENT]);
    assert.equal(body['requestId'], 'one:2');
  });

  it('makes a request id and a trace of its own when they are missing or malformed', async () => {
    const { headers } = await get('/things', {
      headers: { 'x-request-id': 'a b'.repeat(99), traceparent: 'x' },
    });
    assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
    assert.match(String(headers['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('tells everyone whether it lives, is ready, and what it has measured', async () => {
    const onRole = service.health.role('consumer');
    assert.equal((await call(`${service.url}/health/live`)).status, 200);
    const starting = await call(`${service.url}/health/ready`);
    assert.deepEqual([starting.status, starting.body['status']], [503, 'not ready']);
    assert.deepEqual(starting.body['roles'], { consumer: { ready: false, reason: 'starting' } });
    onRole({ ready: true });
    assert.equal((await call(`${service.url}/health/ready`)).status, 200);
    await get('/things');
    const { text } = await call(`${service.url}/metrics`);
    assert.match(
      text,
      /http_request_duration_seconds_count\{method="GET",route="\/things",status="200"\} \d/,
    );
  });

  it('is serving without a role that requests do not need, and not without one that they do', async () => {
    await using alone = await serveTestService(() => {});
    alone.health.role('consumer');
    const onSchema = alone.health.role('schema', { serves: true });
    const serving = async () => call(`${alone.url}/health/serving`);
    const before = await serving();
    assert.deepEqual([before.status, before.body['status']], [503, 'not serving']);
    onSchema({ ready: true });
    const after = await serving();
    assert.deepEqual([after.status, after.body['status']], [200, 'serving']);
    assert.deepEqual(after.body['roles'], {
      consumer: { ready: false, reason: 'starting' },
      schema: { ready: true },
    });
    assert.equal((await call(`${alone.url}/health/ready`)).status, 503);
  });

  it('says that it is starting until its schema is there', async () => {
    const migrated = Promise.withResolvers<void>();
    const schemaless = (router: Router<RequestState>) =>
      router.get('/things', (ctx) => sendJson(ctx, 200, {}));
    await using starting = await serveTestService(schemaless, { migrated: migrated.promise });
    const ask = async () =>
      call(`${starting.url}/things`, { headers: { 'x-service-secret': SERVICE_SECRET } });
    const { status, headers, body } = await ask();
    assert.deepEqual([status, body['code'], headers['retry-after']], [503, 'unavailable', '2']);
    migrated.resolve();
    assert.equal((await ask()).status, 200);
  });

  it('ends open streams when it stops, without waiting for them', async () => {
    const stopping = await serveTestService((router) => {
      router.get('/stream', (ctx) => {
        ctx.type = 'text/event-stream';
        ctx.body = Readable.from(
          (async function* () {
            yield ': connected\n\n';
            await new Promise(() => {});
          })(),
        );
      });
    });
    const reply = await fetch(`${stopping.url}/stream`, { headers: { 'x-service-secret': SERVICE_SECRET } });
    const reader = (reply.body ?? new ReadableStream()).getReader();
    await reader.read();
    const rest = assert.rejects(reader.read());
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const stopped = stopping[Symbol.asyncDispose]();
      await setImmediate();
      // Sooner than requests under way are broken off.
      mock.timers.tick(SHUTDOWN.requests - 1);
      await stopped;
    } finally {
      mock.timers.reset();
    }
    await rest;
  });

  it('lets a request under way finish when it stops', async () => {
    const entered = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const stopping = await serveTestService((router) => {
      router.get('/slow', async (ctx) => {
        entered.resolve();
        await released.promise;
        sendJson(ctx, 200, {});
      });
    });
    const reply = call(`${stopping.url}/slow`, { headers: { 'x-service-secret': SERVICE_SECRET } });
    await entered.promise;
    const stopped = stopping[Symbol.asyncDispose]();
    await assert.rejects(call(`${stopping.url}/health/live`), /ECONNREFUSED/);
    released.resolve();
    assert.equal((await reply).status, 200);
    await stopped;
  });
});

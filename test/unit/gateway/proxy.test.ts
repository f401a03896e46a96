import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pino } from 'pino';
import { SECRET_REFUSED } from '#contracts/http/problems.ts';
import { newId } from '#contracts/values/ids.ts';
import { everyoneIs, openGateway, openUpstream } from '#test/support/gateway.ts';
import type { Upstream } from '#test/support/gateway.ts';
import { holdRequests } from '#test/support/hold-requests.ts';
import { call, serveTestService } from '#test/support/test-service.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const TIMEOUT = 300;
/** Requests under way. */
const MOST = 3;

describe('the proxy', () => {
  let upstream: Upstream;
  let url: string;
  let close: () => Promise<void>;
  beforeEach(async () => {
    upstream = await openUpstream();
    const gateway = await openGateway({
      upstream: upstream.url,
      identify: everyoneIs(newId()),
      timeout: TIMEOUT,
      most: MOST,
    });
    url = `${gateway.url}/api/orders`;
    close = async () => {
      await upstream[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    };
  });
  afterEach(async () => close());

  it("passes a service's status, headers and body on unchanged", async () => {
    upstream.answer = (_request, response) =>
      void response
        .writeHead(201, { location: '/api/orders/1', etag: '"3"', 'x-from': 'orders' })
        .end('{"amount":5}');
    const { status, headers, text } = await call(url, { method: 'POST', body: '{}' });
    assert.deepEqual([status, text], [201, '{"amount":5}']);
    assert.deepEqual([headers.location, headers.etag, headers['x-from']], ['/api/orders/1', '"3"', 'orders']);
  });

  it('reuses its connection to a service', async () => {
    for (let n = 0; n < 20; n++) assert.equal((await call(url)).status, 200);
    assert.equal(upstream.received.length, 20);
    assert.equal(new Set(upstream.received.map(({ port }) => port)).size, 1);
  });

  it('answers 503 while a service is down, and forwards again when it is back', async () => {
    const port = Number(new URL(upstream.url).port);
    await call(url);
    await upstream[Symbol.asyncDispose]();
    for (const method of ['GET', 'POST']) {
      const { status, headers, body } = await call(url, { method });
      const { requestId: _random, ...words } = body;
      assert.deepEqual([status, body['code'], headers['retry-after']], [503, 'unavailable', '2']);
      assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
      assert.doesNotMatch(JSON.stringify(words), new RegExp(`127|${port}`));
    }
    upstream = await openUpstream(port);
    await eventually('the service to be reached again', async () => (await call(url)).status === 200);
  });

  it('answers 503 when a service refuses the secret of the gateway, and logs what to do', async () => {
    const lines: Record<string, unknown>[] = [];
    await using service = await serveTestService(() => {});
    await using gateway = await openGateway({
      upstream: service.url,
      identify: everyoneIs(newId()),
      log: pino({}, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }),
      secret: 'another-secret-of-tests',
    });
    const { status, headers, body } = await call(`${gateway.url}/api/orders`);
    assert.deepEqual([status, body['code']], [503, 'unavailable']);
    assert.equal(headers[SECRET_REFUSED], undefined);
    assert.doesNotMatch(JSON.stringify(body), /secret/i);
    const { service: at, msg } = lines.find(({ level }) => level === 50) ?? {};
    assert.deepEqual(
      [at, msg],
      [
        service.url,
        'the service refuses the SERVICE_SECRET of the gateway: all processes must be started with the same',
      ],
    );
  });

  it('answers 504 when a service is too slow', async () => {
    upstream.answer = () => {};
    const { status, body } = await call(url);
    assert.deepEqual([status, body['code']], [504, 'upstream_timeout']);
    assert.equal(upstream.received.length, 1);
  });

  it('never sends a request twice, even when the service breaks off without a reply', async () => {
    upstream.answer = (request) => request.socket.destroy();
    for (const method of ['GET', 'POST']) {
      upstream.received.length = 0;
      const { status, body } = await call(url, { method, body: method === 'POST' ? '{}' : '' });
      assert.deepEqual([status, body['code']], [503, 'unavailable']);
      assert.match(
        String(body['detail']),
        /may or may not have been carried out: repeat it with the same Idempotency-Key/,
      );
      assert.equal(upstream.received.length, 1);
    }
  });

  it('opens a new connection when the service has closed the one it kept', async () => {
    for (let n = 0; n < 5; n++) {
      assert.equal((await call(url)).status, 200);
      upstream.closeIdle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(new Set(upstream.received.map(({ port }) => port)).size, 5);
  });

  it('ends the reply to the client when the service breaks off within it', async () => {
    upstream.answer = (request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('the beginning', () => request.socket.destroy());
    };
    await assert.rejects(call(url), /aborted|ECONNRESET|terminated/);
  });

  it('ends the request to a service when the client disconnects', async () => {
    const ended = Promise.withResolvers<void>();
    upstream.answer = (_request, response) => {
      response.once('close', ended.resolve);
      response.writeHead(200).write('the beginning');
    };
    const request = get(url, { agent: false });
    await once(request, 'response');
    request.on('error', () => {});
    request.destroy();
    await ended.promise;
  });

  const STREAM = { 'content-type': 'text/event-stream' };

  /** Opens a stream of a service that then falls silent. Resolves when the gateway has ended it. */
  async function untilSilentStreamEnds(): Promise<void> {
    upstream.answer = (_request, response) => void response.writeHead(200, STREAM).write(': connected\n\n');
    const [reply] = (await once(get(url), 'response')) as [IncomingMessage];
    reply.resume();
    await assert.rejects(once(reply, 'end'), { code: 'ECONNRESET' });
  }

  it('ends the stream of a silent service', async () => {
    await untilSilentStreamEnds();
  });

  it('does not mistake a client that does not read for a silent service', async () => {
    const all = 32 * 2 ** 20;
    upstream.answer = (_request, response) => void response.writeHead(200, STREAM).end(Buffer.alloc(all));
    const [reply] = (await once(get(url), 'response')) as [IncomingMessage];
    // Nobody reads it meanwhile. The rest of the body then shows that the service was waiting.
    await untilSilentStreamEnds();
    await untilSilentStreamEnds();
    let read = 0;
    for await (const chunk of reply) read += (chunk as Buffer).length;
    assert.equal(read, all);
  });

  it('takes no more of a stream than its client reads', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const most = 4_096 * chunk.length;
    let written = 0;
    upstream.answer = (_request, response) => {
      const write = () => {
        let isTaken = true;
        while (isTaken && written < most) {
          isTaken = response.write(chunk);
          written += chunk.length;
        }
        if (!isTaken) response.once('drain', write);
      };
      response.writeHead(200, STREAM);
      write();
    };
    const [reply] = (await once(get(url), 'response')) as [IncomingMessage];
    let [before, times] = [0, 0];
    await eventually('the service to wait', () => {
      times = written === before ? times + 1 : 0;
      before = written;
      return times === 10;
    });
    // The buffers of two connections, most of them in the kernel, hold a twentieth of it.
    assert.ok(written < most / 2, `${written} bytes were taken`);
    reply.on('error', () => {}).destroy();
  });

  it('counts a request until its reply, and a stream not at all', async () => {
    upstream.answer = ({ url: path }, response) => {
      if (path?.endsWith('/events')) response.writeHead(200, STREAM).write(': connected\n\n');
      else if (path?.endsWith('/slow')) waiting.push(response);
      else response.end('{}');
    };
    const waiting: ServerResponse[] = [];
    const streams = Array.from({ length: 2 * MOST }, async () => once(get(`${url}/events`), 'response'));
    const replies = (await Promise.all(streams)) as [IncomingMessage][];
    for (let n = 0; n < 2 * MOST; n++) assert.equal((await call(url, { method: 'POST' })).status, 200);
    const slow = Array.from({ length: MOST }, async () => call(`${url}/slow`));
    await eventually('them to be under way', () => waiting.length === MOST);
    const { status, headers, body } = await call(url, { method: 'POST' });
    assert.deepEqual([status, body['code'], headers['retry-after']], [503, 'unavailable', '2']);
    for (const response of waiting) response.end();
    await Promise.all(slow);
    assert.equal((await call(url, { method: 'POST' })).status, 200);
    for (const [reply] of replies) reply.destroy();
  });

  it('forgets a client that leaves while it is being identified', async () => {
    const identifying = holdRequests();
    await using gateway = await openGateway({
      upstream: upstream.url,
      identify: identifying.handler,
      most: 1,
    });
    await identifying.leaveMeanwhile(`${gateway.url}/api/orders`);
    assert.equal((await call(`${gateway.url}/api/orders`)).status, 200);
    assert.equal(upstream.received.length, 1);
  });

  it('answers 404 for a path of no service', async () => {
    const { status, body } = await call(url.replace('/api/orders', '/api/nothing'));
    assert.deepEqual([status, body['code']], [404, 'not_found']);
    assert.deepEqual(upstream.received, []);
  });
});

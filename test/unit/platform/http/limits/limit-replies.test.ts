import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { limitReplies } from '#platform/http/limits/limit-replies.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import type { ServeOptions } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { call } from '#test/support/test-service.ts';
import { eventually } from '#tools/testbed/eventually.ts';

/** More than the buffers of the system take. */
const FILE = Buffer.alloc(64 * 2 ** 20, 'x');

/** Serves files, so many at a time. */
async function serveFiles(most: number, options: Pick<ServeOptions, 'stalled'> = {}) {
  const log = createLogger('test', 'silent');
  const app = createApp({ log, health: createHealth() });
  app.use(limitReplies({ most }));
  app.use((ctx) => {
    ctx.body = ctx.path === '/small' ? 'small' : FILE;
  });
  return serve(app, { host: '127.0.0.1', port: 0, log, ...options });
}

/** A client that requests a file, and reads nothing but its beginning. */
async function request(url: string, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

describe('a file', () => {
  it('is refused while clients take so many slowly, and sent again once one has ended', async () => {
    await using files = await serveFiles(2);
    const [one, other] = [await request(files.url, '/big'), await request(files.url, '/big')];
    const { status, headers, body } = await call(`${files.url}/small`);
    assert.deepEqual([status, body['code']], [503, 'unavailable']);
    assert.ok(Number(headers['retry-after']) > 0);
    assert.equal((await call(`${files.url}/health/live`)).status, 200);
    one.destroy();
    await eventually('there to be room again', async () => (await call(`${files.url}/small`)).status === 200);
    other.destroy();
  });

  it('is broken off when its client reads nothing for long, and idle connections are left open', async () => {
    await using files = await serveFiles(1, { stalled: 100 });
    const idle = await request(files.url, '/small');
    const unread = await request(files.url, '/big');
    assert.equal((await call(`${files.url}/small`)).status, 503);
    await eventually('it to be broken off', async () => (await call(`${files.url}/small`)).status === 200);
    const closed = once(unread, 'close');
    unread.resume();
    await closed;
    assert.ok(unread.bytesRead < FILE.length);
    idle.resume();
    idle.write('GET /small HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    assert.match(await text(idle), /^HTTP\/1\.1 200 OK[^]*HTTP\/1\.1 200 OK/);
  });
});

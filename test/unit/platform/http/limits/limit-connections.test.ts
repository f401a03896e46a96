import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createApp, serve } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { renderMetrics } from '#platform/process/metrics.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const REST_OF_HEADERS = 'Connection: close\r\n\r\n';

describe('a server with as many connections as fit into memory', () => {
  async function open(port: number) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString();
    });
    const closed = once(socket, 'close');
    await Promise.race([once(socket, 'connect'), closed]);
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n');
    return { socket, closed, received: () => received };
  }
  const refusals = async () =>
    Number(/^http_connections_refused_total (\d+)$/m.exec((await renderMetrics()).body)?.[1]);

  it('closes a further one at once and counts it, lets the open ones go on, and accepts again once one has ended', async () => {
    const log = createLogger('test', 'silent');
    const app = createApp({ log, health: createHealth() });
    await using listening = await serve(app, { host: '127.0.0.1', port: 0, log, connections: 2 });
    const port = Number(new URL(listening.url).port);
    const before = await refusals();
    const [one, two] = [await open(port), await open(port)];
    const three = await open(port);
    await three.closed;
    assert.equal(three.received(), '');
    assert.equal((await refusals()) - before, 1);
    for (const { socket, closed, received } of [one, two]) {
      socket.write(REST_OF_HEADERS);
      await closed;
      assert.match(received(), /^HTTP\/1\.1 200 OK/);
    }
    await eventually('a connection to be accepted', async () => {
      const another = await open(port);
      another.socket.write(REST_OF_HEADERS);
      await another.closed;
      return another.received().startsWith('HTTP/1.1 200 OK');
    });
  });
});

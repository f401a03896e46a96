import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { oneAtATime } from '#platform/http/limits/one-at-a-time.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('requests that one connection sends ahead', () => {
  async function serve() {
    const underWay = new Map<string, ServerResponse>();
    const server = createServer(
      oneAtATime((request, response) => {
        underWay.set(request.url ?? '', response);
      }),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString();
    });
    return {
      underWay,
      socket,
      received: () => received,
      async [Symbol.asyncDispose]() {
        socket.destroy();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
  const requests = (count: number) =>
    Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join('');

  it('are handled one after the other, and answered in their order', async () => {
    await using server = await serve();
    server.socket.write(requests(3));
    for (const url of ['/0', '/1', '/2']) {
      const response = await eventually(`request ${url}`, () => server.underWay.get(url));
      assert.equal(server.underWay.size, 1, 'no other one is under way');
      server.underWay.clear();
      response.end(`answer ${url}`);
    }
    await eventually('all answers', () => /answer \/0[^]*answer \/1[^]*answer \/2/.test(server.received()));
    server.socket.write(requests(1));
    await eventually('another request on the same connection', () => server.underWay.get('/0'));
  });

  it('end the connection when there are too many of them', async () => {
    await using server = await serve();
    const closed = once(server.socket, 'close');
    server.socket.write(requests(10));
    await closed;
    assert.deepEqual([...server.underWay.keys()], ['/0']);
    assert.equal(server.received(), '');
  });

  it('are not handled any more when their client has gone', async () => {
    await using server = await serve();
    server.socket.write(requests(2));
    const response = await eventually('the first one', () => server.underWay.get('/0'));
    const gone = once(response, 'close');
    server.socket.destroy();
    await gone;
    assert.deepEqual([...server.underWay.keys()], ['/0']);
  });
});

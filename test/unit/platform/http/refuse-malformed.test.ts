import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { mock } from 'node:test';
import { pino } from 'pino';
import { refuseMalformed } from '#platform/http/refuse-malformed.ts';
import { sendLines } from '#test/support/api/raw-http.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a malformed request', () => {
  let server: Server;
  let url: string;
  let lines: Record<string, unknown>[];
  beforeEach(async () => {
    lines = [];
    const log = pino({}, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    server = createServer({ maxHeaderSize: 1_000 });
    server.on('clientError', refuseMalformed({ log, deadlines: { headers: 10_000, request: 15_000 } }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
  });
  afterEach(() => {
    mock.timers.reset();
    server.close();
  });

  const noHttp = async () => sendLines(url, ['\x16\x03\x01 hello', '', '']);
  const tooLong = async () => sendLines(url, ['GET / HTTP/1.1', `X-Long: ${'x'.repeat(2_000)}`, '', '']);

  it('is logged with its reason and the request id of the reply, and not with what was sent', async () => {
    const { status, body } = await noHttp();
    assert.equal(status, 400);
    const [line] = lines;
    assert.ok(line);
    assert.equal(line['requestId'], body['requestId']);
    assert.deepEqual(
      [line['address'], line['status'], line['code']],
      ['127.0.0.1', 400, 'malformed_request'],
    );
    assert.match(String(line['reason']), /^Invalid method/i);
    assert.doesNotMatch(JSON.stringify(lines), /hello/);
  });

  it('does not hold its connection for a client that never closes its end', async () => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    const { hostname, port } = new URL(url);
    const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    client.write('\x16\x03\x01 hello\r\n\r\n');
    client.resume();
    await once(client, 'end');
    await eventually('the server to let go', () => [...sockets].every((socket) => socket.destroyed));
    assert.equal(sockets.size, 1);
    client.destroy();
  });

  it('is logged once for each reason, however many there are', async () => {
    for (const send of [noHttp, noHttp, tooLong, noHttp, tooLong]) await send();
    assert.deepEqual(
      lines.map(({ code }) => code),
      ['malformed_request', 'headers_too_large'],
    );
  });

  it('is logged again after a while, with how many more there were', async () => {
    await noHttp();
    await noHttp();
    await noHttp();
    mock.timers.tick(9_999);
    await noHttp();
    assert.equal(lines.length, 1);
    mock.timers.tick(1);
    await noHttp();
    assert.deepEqual([lines.length, lines[1]?.['more']], [2, 3]);
  });
});

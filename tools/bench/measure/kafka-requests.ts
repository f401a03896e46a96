import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';

/** https://kafka.apache.org/protocol#protocol_api_keys; what else is asked counts as `others`. */
const API_KEYS: Readonly<Record<number, string>> = { 0: 'Produce', 1: 'Fetch', 8: 'OffsetCommit' };

/**
 * Passes on to the port `to` what comes to the port `at`, and counts requests by kind, whatever the client. It ends with
 * the stack.
 * @returns the counts so far
 */
export async function countKafkaRequests(
  at: number,
  to: number,
  stack: AsyncDisposableStack,
): Promise<() => Readonly<Record<string, number>>> {
  const counts: Record<string, number> = { Produce: 0, Fetch: 0, OffsetCommit: 0, others: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ host: LOOPBACK, port: to, noDelay: true });
    for (const socket of [near, far]) sockets.add(socket);
    const count = requestCounter((key) => {
      const name = API_KEYS[key] ?? 'others';
      counts[name] = (counts[name] ?? 0) + 1;
    });
    near.on('data', count);
    // Either side may reset it at any time, which ends the other.
    pipeline(near, far, near, () => {
      for (const socket of [near, far]) sockets.delete(socket);
    });
  });
  server.listen(at, LOOPBACK);
  await once(server, 'listening');
  stack.defer(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return () => ({ ...counts });
}

/** Takes a client's bytes as they come. @param onRequest told the key of each request: its size is int32, its key int16 */
export function requestCounter(onRequest: (key: number) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let skip = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(skip, chunk.length - at);
      skip -= skipped;
      at += skipped;
      const taken = chunk.subarray(at, at + 6 - header.length);
      at += taken.length;
      header = Buffer.concat([header, taken]);
      if (header.length < 6) return;
      onRequest(header.readInt16BE(4));
      skip = header.readInt32BE(0) - 2;
      header = Buffer.alloc(0);
    }
  };
}

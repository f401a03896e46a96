import type { Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStreamType } from '#contracts/values/stream-types.ts';

/** How long a stream may take to end by itself when its process stops, in ms. */
const STREAM_GRACE = 500;

/**
 * After the signal, ends each connection with its next reply. A load balancer then sends the next request elsewhere, and
 * few clients are left to be cut off when all connections are closed. At the end it breaks off the streams, which never
 * end by themselves: their readers resume elsewhere.
 * @param ms how long requests are still accepted after the signal
 * @returns a function that waits for the end of that time
 */
export function drain(server: Server, signal: AbortSignal | undefined, ms = 0): () => Promise<void> {
  let until = 0;
  const open = new Set<ServerResponse>();
  signal?.addEventListener('abort', () => {
    until = performance.now() + ms;
  });
  server.prependListener('request', (_request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    if (signal?.aborted) response.shouldKeepAlive = false;
  });
  return async () => {
    if (until > performance.now()) await sleep(until - performance.now());
    // A stream that ends by itself within the grace is not cut off.
    for (const response of open) {
      if (isStream(response)) setTimeout(() => response.destroy(), STREAM_GRACE).unref();
    }
  };
}

function isStream(response: ServerResponse): boolean {
  return isStreamType(response.getHeader('Content-Type'));
}

import type { Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a stream may take to end when its process has been told to stop, in ms. */
const STREAM_GRACE = 500;

/**
 * Ends each connection with its next reply, from the signal on: whoever balances requests makes his next one elsewhere,
 * and hardly anybody is left to be cut off when all connections are closed. In the end it breaks off the streams, which
 * never end by themselves: who reads one resumes it elsewhere.
 * @param ms how long after the signal
 * @returns what resolves when that is over
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
    // One that ends by itself is not cut off.
    for (const response of open) {
      if (isStream(response)) setTimeout(() => response.destroy(), STREAM_GRACE).unref();
    }
  };
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('Content-Type')).startsWith('text/event-stream');
}

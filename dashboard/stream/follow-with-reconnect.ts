import { ApiProblem } from '@gozon/client';
import type { Customer } from '@gozon/client';
import type { FollowOptions } from './follow-options.ts';

/**
 * Follows a customer's orders until `signal` aborts. After each break it resumes after the last change that it received,
 * with growing pauses of up to 8 s, or at once when the browser reports that it is online again.
 */
export async function followWithReconnect(customer: Customer, handlers: FollowOptions): Promise<void> {
  const { signal } = handlers;
  let { lastEventId } = handlers;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const ended = new AbortController();
    try {
      const stream = await customer.follow(lastEventId === undefined ? {} : { lastEventId });
      const stop = () => void stream[Symbol.asyncDispose]();
      // While it connected.
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { signal: ended.signal });
      addEventListener('offline', stop, { signal: ended.signal });
      handlers.onState('live');
      handlers.onBegin();
      failures = 0;
      for await (const change of stream) {
        lastEventId = change.id;
        handlers.onChange(change);
      }
    } catch (error) {
      // The id is newer than a database that was created again, or so old that its successors are purged.
      if (error instanceof ApiProblem && UNKNOWN_ID_CODES.has(error.code)) lastEventId = undefined;
      if (error instanceof ApiProblem && error.status === 401) return handlers.onState('refused');
    } finally {
      ended.abort();
    }
    if (signal.aborted) return;
    handlers.onState('reconnecting');
    await untilRetry(Math.min(500 * 2 ** failures, 8_000) * (0.5 + Math.random() / 2), signal);
  }
}

const UNKNOWN_ID_CODES = new Set(['invalid_parameter', 'events_purged']);

async function untilRetry(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = new AbortController();
  const timer = setTimeout(resolve, ms);
  addEventListener('online', () => resolve(), { signal: ended.signal });
  signal.addEventListener('abort', () => resolve(), { signal: ended.signal });
  await promise;
  clearTimeout(timer);
  ended.abort();
}

import { ApiProblem } from '#contracts/client/api-problem.ts';
import type { Customer } from '#contracts/client/customer.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';

/** Refused: the gateway no longer accepts the customer's token. */
export type StreamState = 'connecting' | 'live' | 'reconnecting' | 'refused';

/**
 * Follows a customer's orders until `signal` aborts. After each break it resumes after the last change that it received,
 * with growing pauses of up to 8 s, or at once when the browser reports that it is online again.
 * @param handlers.onBegin at each connection; earlier changes are not sent at the first one, so read the orders now
 */
export async function followWithReconnect(
  customer: Customer,
  handlers: {
    readonly signal: AbortSignal;
    onState(state: StreamState): void;
    onBegin(): void;
    onChange(order: OrderReply): void;
  },
): Promise<void> {
  const { signal } = handlers;
  let lastEventId: string | undefined;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const ended = new AbortController();
    try {
      const stream = await customer.follow(lastEventId === undefined ? {} : { lastEventId });
      const stop = () => void stream[Symbol.asyncDispose]();
      signal.addEventListener('abort', stop, { signal: ended.signal });
      window.addEventListener('offline', stop, { signal: ended.signal });
      handlers.onState('live');
      handlers.onBegin();
      failures = 0;
      for await (const { id, order } of stream) {
        lastEventId = id;
        handlers.onChange(order);
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
  window.addEventListener('online', () => resolve(), { signal: ended.signal });
  signal.addEventListener('abort', () => resolve(), { signal: ended.signal });
  await promise;
  clearTimeout(timer);
  ended.abort();
}

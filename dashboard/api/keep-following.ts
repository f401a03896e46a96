import { ApiProblem } from '#contracts/client/api-problem.ts';
import type { Customer } from '#contracts/client/customer.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';

/** Refused: the gateway no longer believes who he is. */
export type Following = 'connecting' | 'live' | 'reconnecting' | 'refused';

/**
 * Follows a customer's orders until told to stop, over every break: resumes after the last change that was seen, with
 * growing pauses of up to 8 s, at once when the browser says that it is online again.
 * @param onBegin at each connection; changes from before the first one are not sent, so whoever shows orders reads them now
 */
export async function keepFollowing(
  customer: Customer,
  told: {
    readonly signal: AbortSignal;
    onState(state: Following): void;
    onBegin(): void;
    onChange(order: OrderReply): void;
  },
): Promise<void> {
  const { signal } = told;
  let lastEventId: string | undefined;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const ended = new AbortController();
    try {
      const stream = await customer.follow(lastEventId === undefined ? {} : { lastEventId });
      const stop = () => void stream[Symbol.asyncDispose]();
      signal.addEventListener('abort', stop, { signal: ended.signal });
      window.addEventListener('offline', stop, { signal: ended.signal });
      told.onState('live');
      told.onBegin();
      failures = 0;
      for await (const { id, order } of stream) {
        lastEventId = id;
        told.onChange(order);
      }
    } catch (error) {
      // A database made anew has not yet come to where ours was; or that was so long ago that it is purged.
      if (error instanceof ApiProblem && FORGOTTEN.has(error.code)) lastEventId = undefined;
      if (error instanceof ApiProblem && error.status === 401) return told.onState('refused');
    } finally {
      ended.abort();
    }
    if (signal.aborted) return;
    told.onState('reconnecting');
    await untilTryingAgain(Math.min(500 * 2 ** failures, 8_000) * (0.5 + Math.random() / 2), signal);
  }
}

const FORGOTTEN = new Set(['invalid_parameter', 'events_purged']);

async function untilTryingAgain(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = new AbortController();
  const timer = setTimeout(resolve, ms);
  window.addEventListener('online', () => resolve(), { signal: ended.signal });
  signal.addEventListener('abort', () => resolve(), { signal: ended.signal });
  await promise;
  clearTimeout(timer);
  ended.abort();
}

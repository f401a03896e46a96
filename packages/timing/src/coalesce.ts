import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Group commit: items that arrive during a flush are flushed together after it. A burst costs two round trips, and a lone
 * call waits for no other. A flush belongs to none of its callers: it runs in the async context, such as a span, in which this was
 * called.
 */
export function coalesce<Item>(flush: (items: Item[]) => Promise<void>): (item: Item) => Promise<void> {
  const inOwnContext = AsyncLocalStorage.snapshot();
  let waiting: Item[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  return async (item) => {
    waiting.push(item);
    next ??= (async () => {
      await running.catch(() => {});
      const batch = waiting;
      waiting = [];
      next = undefined;
      running = inOwnContext(flush, batch);
      await running;
    })();
    return next;
  };
}

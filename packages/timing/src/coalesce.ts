import { outsideSpans } from '#platform/tracing/spans.ts';

/**
 * Group commit: items that arrive during a flush are flushed together after it. A burst costs two round trips, and a lone
 * call waits for no other. A flush is in the span of none of its callers.
 */
export function coalesce<Item>(flush: (items: Item[]) => Promise<void>): (item: Item) => Promise<void> {
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
      running = outsideSpans(async () => flush(batch));
      await running;
    })();
    return next;
  };
}

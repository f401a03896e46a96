/**
 * Group commit: items that arrive during a flush are flushed together after it. A burst costs two round trips, and a lone
 * call waits for no other.
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
      running = flush(batch);
      await running;
    })();
    return next;
  };
}

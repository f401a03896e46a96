/**
 * Group commit: gathers what arrives while one flush is under way and hands it to the next, so that a burst costs two
 * round trips and a lone call waits for nobody.
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

/**
 * The orders that this relay has started and whose report has not been acknowledged here: what bounds it. Bounding the
 * outstanding starts instead lets far more workflows run than the worker has slots for, and then the server silently
 * stops starting them eagerly (20% of starts at the default 40 slots; 100% with 200 slots and 64 unreported).
 */
export interface Unreported {
  /** How many more orders may be started now. */
  free: () => number;
  add: (orderId: string) => void;
  /** The order was reported, or did not start after all. */
  remove: (orderId: string) => void;
  /** Resolves when a place is free. */
  untilFree: (signal: AbortSignal) => Promise<void>;
}

/**
 * @param limit places
 * @param expiry ms after which a place is given back unreported: by then the workflow waits in the outage path, where
 *   another process may finish it, and one that can never finish must not hold its place for good
 */
export function createUnreported(limit: number, expiry: number): Unreported {
  const timers = new Map<string, NodeJS.Timeout>();
  let wake = Promise.withResolvers<void>();

  function remove(orderId: string): void {
    clearTimeout(timers.get(orderId));
    if (!timers.delete(orderId)) return;
    wake.resolve();
    wake = Promise.withResolvers<void>();
  }

  return {
    free: () => limit - timers.size,
    add(orderId) {
      clearTimeout(timers.get(orderId));
      timers.set(orderId, setTimeout(() => remove(orderId), expiry).unref());
    },
    remove,
    async untilFree(signal) {
      while (timers.size >= limit && !signal.aborted) {
        const aborted = new AbortController();
        const onAbort = new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true, signal: aborted.signal }),
        );
        await Promise.race([wake.promise, onAbort]);
        aborted.abort();
      }
    },
  };
}

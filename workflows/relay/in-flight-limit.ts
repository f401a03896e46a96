/**
 * The orders that this relay has started and whose report has not been acknowledged here: what bounds it. Bounding the
 * outstanding starts instead lets far more workflows run than the worker has slots for, and then the server silently
 * stops starting them eagerly (20% of starts at the default 40 slots; 100% with 200 slots and 64 unreported).
 */
export interface Unreported {
  /** How many more orders may be started now. */
  free: () => number;
  add: (orderId: string) => void;
  /** The order was not started eagerly: another process may run it, whose report is not heard of here. */
  mayRunElsewhere: (orderId: string) => void;
  /** The order was reported. */
  reported: (orderId: string) => void;
  /** The order did not start after all. */
  remove: (orderId: string) => void;
  /** Resolves when a place is free. */
  untilFree: (signal: AbortSignal) => Promise<void>;
}

/**
 * How long an order may take from here to its report, in ms, before there are too many at a time. Well below the workflow
 * task timeout of 5 s: at 13 orders/s 64 at a time take that long, their tasks run again, and what was slow collapses
 * (7 orders/s were left, with two of five reports repeated, on a machine with ten times more to do than it could).
 */
const SLOW = 1_000;
const FEWEST = 4;

/**
 * How long an order holds its place, in ms, that another process may run. To free it at once would be no bound; to wait for
 * a report here would, with several copies and no eager starts, leave a few orders a second.
 */
const ELSEWHERE = 2_000;

/**
 * Places for up to `most` orders: fewer while orders are slow, by TCP's rule (RFC 5681): half as many after a slow one,
 * one more after a quick one.
 * @param expiry ms after which a place is given back unreported: by then the workflow waits in the outage path, where
 *   another process may finish it, and one that can never finish must not hold its place for good
 */
export function createUnreported(
  most: number,
  expiry: number,
  now: () => number = () => performance.now(),
): Unreported {
  const started = new Map<string, { at: number; timers: NodeJS.Timeout[]; holdsPlace: boolean }>();
  let taken = 0;
  let limit = most;
  let lastHalved = 0;
  let wake = Promise.withResolvers<void>();

  const free = () => Math.max(0, limit - taken);

  function freePlace(orderId: string): void {
    const order = started.get(orderId);
    if (!order?.holdsPlace) return;
    order.holdsPlace = false;
    taken -= 1;
    wake.resolve();
    wake = Promise.withResolvers<void>();
  }

  function remove(orderId: string): void {
    for (const timer of started.get(orderId)?.timers ?? []) clearTimeout(timer);
    freePlace(orderId);
    started.delete(orderId);
  }

  function adapt(at: number): void {
    if (now() - at <= SLOW) {
      limit = Math.min(most, limit + 1);
    } else if (at >= lastHalved) {
      // Those that were under way at the time say nothing about the new limit.
      lastHalved = now();
      limit = Math.max(Math.min(FEWEST, most), Math.floor(limit / 2));
    }
  }

  return {
    free,
    add(orderId) {
      remove(orderId);
      const timer = setTimeout(() => remove(orderId), expiry).unref();
      started.set(orderId, { at: now(), timers: [timer], holdsPlace: true });
      taken += 1;
    },
    mayRunElsewhere(orderId) {
      // It stays known: should it run here after all, and be slow, that is heard of.
      started.get(orderId)?.timers.push(setTimeout(() => freePlace(orderId), ELSEWHERE).unref());
    },
    reported(orderId) {
      const order = started.get(orderId);
      if (order) adapt(order.at);
      remove(orderId);
    },
    remove,
    async untilFree(signal) {
      while (free() === 0 && !signal.aborted) {
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

/**
 * How long one may take, in ms, before there are too many at a time. Well below the workflow task timeout of 5 s: at 13
 * orders/s 64 at a time take that long, their tasks run again, and throughput collapses (7 orders/s were left, with two
 * of five reports repeated, on a machine with ten times more to do than it could).
 */
const SLOW = 1_000;
const FEWEST = 4;

/**
 * When they take twice as long as at their quickest, more at a time only wait for each other: one for each that ends is
 * taken away, down to this. What waits in the outbox instead is served in turns there. At 56 orders/s 64 at a time take
 * 1.1 s, also for a customer with one order, and 8 take 0.15 s.
 */
const ENOUGH = 8;
/** By how much they differ without waiting for each other, in times of the quickest. */
const UNDISTURBED = 1.2;
/** How much of the average of the last ones each counts. */
const WEIGHT = 1 / 16;
/** The quickest is forgotten slowly: after 7,000 that took longer it counts as twice as long. */
const FORGET = 1.0001;

/** A bound on how many are under way at a time, which adapts to how long they take. */
export interface ConcurrencyLimit {
  /** How many more may begin now. */
  available: () => number;
  /** How many are under way, and may be at present. */
  readonly state: () => { readonly taken: number; readonly limit: number };
  acquire: () => void;
  release: () => void;
  /** Adapts the limit to one that began at this time (ms of performance.now) and has just ended. */
  ended: (beganAt: number) => void;
  /**
   * How long one waited for others that took so long, by default the average of the last ones; in ms: the time beyond
   * {@link UNDISTURBED} times their quickest.
   */
  waiting: (took?: number) => number;
  /** Adapts the limit to one that began at this time and was refused because there were too many requests. */
  refused: (beganAt: number) => void;
  /** Resolves when one more may begin, or when the signal aborts. */
  untilAvailable: (signal: AbortSignal) => Promise<void>;
}

/**
 * At most `most` at a time. Additive increase, multiplicative decrease, as TCP does (RFC 5681): half as many after a slow
 * one, one more after a quick one. Before they are slow, one less for each while they wait for each other, as TCP Vegas
 * does (Brakmo, Peterson 1995).
 */
export function createConcurrencyLimit(most: number): ConcurrencyLimit {
  let taken = 0;
  let limit = most;
  let lastHalved = 0;
  let average = 0;
  let quickest = Infinity;
  let wake = Promise.withResolvers<void>();
  const available = () => Math.max(0, limit - taken);
  const halve = (beganAt: number, fewest: number) => {
    // Those that were under way when the limit was halved say nothing about the new one.
    if (beganAt < lastHalved) return;
    lastHalved = performance.now();
    limit = Math.max(Math.min(fewest, most), Math.floor(limit / 2));
  };
  return {
    available,
    state: () => ({ taken, limit }),
    acquire() {
      taken += 1;
    },
    release() {
      taken -= 1;
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    ended(beganAt) {
      const took = performance.now() - beganAt;
      average = quickest === Infinity ? took : average + WEIGHT * (took - average);
      quickest = Math.min(average, quickest * FORGET);
      if (took > SLOW) {
        halve(beganAt, FEWEST);
        return;
      }
      const theyWait = average > 2 * quickest;
      limit += Math.sign((theyWait ? Math.min(ENOUGH, most) : most) - limit);
    },
    waiting(took = average) {
      const time = took - UNDISTURBED * quickest;
      return time < 1 ? 0 : time;
    },
    refused: (beganAt) => halve(beganAt, 1),
    async untilAvailable(signal) {
      const aborted = Promise.withResolvers<void>();
      const abort = () => aborted.resolve();
      signal.addEventListener('abort', abort);
      while (available() === 0 && !signal.aborted) await Promise.race([wake.promise, aborted.promise]);
      signal.removeEventListener('abort', abort);
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';

/** How soon a condition is looked at again, in ms. */
const LOOK_EVERY = 50;

/**
 * Waits until `check` neither throws nor returns false or undefined, and returns what it returned.
 * @param what completes the sentence "waited 30 s for …"
 * @param within a generous bound in ms, not a claim about speed
 * @throws Error with the last reason when the time is over
 */
export async function eventually<Result>(
  what: string,
  check: () => Promise<Result> | Result,
  { within = 15_000 }: { within?: number } = {},
): Promise<Exclude<Result, false | undefined>> {
  const deadline = performance.now() + within;
  for (;;) {
    let reason: unknown;
    try {
      const result = await check();
      if (result !== false && result !== undefined) return result as Exclude<Result, false | undefined>;
    } catch (error) {
      reason = error;
    }
    if (performance.now() > deadline) {
      const why = reason instanceof Error ? `: ${reason.message}` : '';
      throw new Error(`waited ${within / 1000} s for ${what}${why}`, { cause: reason });
    }
    await sleep(LOOK_EVERY);
  }
}

import { isDatabaseOutage } from '#platform/postgres/database.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { pause } from '#platform/process/lifecycle.ts';
import { countPending, findUndecided } from './decisions.queries.ts';

/** In ms; how often is asked does not matter to any figure, since the databases note when an order was decided. */
const ASK_EVERY = 200;

export interface Waiting {
  /** How long to wait without any progress, in ms. */
  readonly patience: number;
  readonly signal: AbortSignal;
  /** Called with how many are still awaited. */
  readonly onProgress: (left: number) => void;
}

/** Waits until every order is decided. @returns those that are not when patience runs out or the signal aborts */
export async function untilDecided(
  orders: Kysely<unknown>,
  orderIds: readonly string[],
  waiting: Waiting,
): Promise<string[]> {
  let left = [...orderIds];
  await until(waiting, async () => {
    left = await findUndecided(orders, left);
    return left.length;
  });
  return left;
}

/** Waits until nothing is pending anywhere. @returns whether that came to be; it may not while others place orders */
export async function untilQuiet(orders: Kysely<unknown>, waiting: Waiting): Promise<boolean> {
  return until(waiting, async () => countPending(orders));
}

async function until(
  { patience, signal, onProgress }: Waiting,
  countLeft: () => Promise<number>,
): Promise<boolean> {
  let deadline = performance.now() + patience;
  let fewest = Infinity;
  while (!signal.aborted) {
    try {
      const left = await countLeft();
      onProgress(left);
      if (left === 0) return true;
      if (left < fewest) deadline = performance.now() + patience;
      fewest = Math.min(fewest, left);
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error;
    }
    if (performance.now() > deadline) return false;
    await pause(ASK_EVERY, signal);
  }
  return false;
}

import { pause } from '@gozon/timing';
import type { Kysely } from '#platform/postgres/database.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import { countPending, findUndecided } from './decisions.queries.ts';

/** In ms. It affects no figure, since the databases record when an order was decided. */
const ASK_EVERY = 200;

export interface WaitOptions {
  /** How long to wait without any progress, in ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Called with how many are left. */
  readonly onProgress: (left: number) => void;
}

/** Waits until every order is decided. @returns those that are not after the timeout or the signal aborts */
export async function untilDecided(
  orders: Kysely<unknown>,
  orderIds: readonly string[],
  waiting: WaitOptions,
): Promise<string[]> {
  let left = [...orderIds];
  await until(waiting, async () => {
    left = await findUndecided(orders, left);
    return left.length;
  });
  return left;
}

/** Waits until nothing is pending. @returns false after the timeout, which also happens while others place orders */
export async function untilQuiet(orders: Kysely<unknown>, waiting: WaitOptions): Promise<boolean> {
  return until(waiting, async () => countPending(orders));
}

async function until(
  { timeout, signal, onProgress }: WaitOptions,
  countLeft: () => Promise<number>,
): Promise<boolean> {
  let deadline = performance.now() + timeout;
  let fewest = Infinity;
  while (!signal.aborted) {
    try {
      const left = await countLeft();
      onProgress(left);
      if (left === 0) return true;
      if (left < fewest) deadline = performance.now() + timeout;
      fewest = Math.min(fewest, left);
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    if (performance.now() > deadline) return false;
    await pause(ASK_EVERY, signal);
  }
  return false;
}

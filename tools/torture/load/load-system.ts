import type { GozonClient } from '#tools/load/generate/gozon-client.ts';
import { openAccounts } from '#tools/load/generate/open-accounts.ts';
import { placeEvenly } from '#tools/load/generate/place-orders.ts';
import { planOrders } from '#tools/load/generate/plan-orders.ts';
import type { Plan, PlannedOrder } from '#tools/load/generate/plan-orders.ts';
import type { WatchOrder } from '#tools/load/generate/request-about.ts';
import type { Submission } from '#tools/load/generate/submissions.ts';
import type { Injection } from '../inject-faults.ts';

/** 80 accounts and a hot one with half of the orders. Most clients wait for what becomes of an order. */
const CLIENTS = 300;
const LOAD = {
  customers: 81,
  shareBeyondBalance: 0.2,
  shareTwice: 0.2,
  shareManual: 1 / 3,
  shareCancelled: 0.25,
  shareRefunded: 0.4,
  hotShare: 0.5,
};

/** How long a client repeats a request, in ms. Without an answer in that time its outcome stays unknown. */
export const TIMEOUT = 5_000;
/** Accounts are opened before the first fault. */
const OPENING_TIMEOUT = 30_000;

/** How many times as many orders are placed, at most, until all faults have been injected. */
const AT_MOST = 6;

export interface TortureLoad {
  readonly seed: number;
  /** At least; more are placed until each fault has been injected. */
  readonly orders: number;
  /** Orders a second. */
  readonly rate: number;
  /** Aborts on a shutdown signal. */
  readonly signal: AbortSignal;
  readonly say: (progress: string) => void;
}

/** Opens the accounts of a load that the seed decides. */
export async function prepareLoad(gozon: GozonClient, { seed, orders, signal }: TortureLoad): Promise<Plan> {
  const plan = planOrders({ ...LOAD, seed, orders: orders * AT_MOST });
  await openAccounts(gozon, plan.customers, { timeout: OPENING_TIMEOUT, signal }, () => {});
  return plan;
}

/**
 * Places orders until there are enough and each of so many faults has been done, as `injections` tells while it grows.
 */
export async function placeUntilDone(
  gozon: GozonClient,
  plan: Plan,
  { orders, rate, signal, say }: TortureLoad,
  { faults, injections, watch }: { faults: number; injections: readonly Injection[]; watch: WatchOrder },
): Promise<Submission[]> {
  const submissions: Submission[] = [];
  function* wanted(): Generator<PlannedOrder> {
    for (const [index, order] of plan.orders.entries()) {
      const done = new Set(injections.flatMap(({ fault, hit }) => (hit ? [fault] : []))).size;
      if (index >= orders && done >= faults) return;
      yield order;
    }
  }
  const onSettled = (submission: Submission) => {
    submissions.push(submission);
    const last = injections.at(-1);
    say(
      `${submissions.length} of ${orders} orders, ${injections.length} faults${last ? `, last: ${last.fault}` : ''}`,
    );
  };
  const placing = { gozon, timeout: TIMEOUT, signal, watch, onRepeat: () => {}, onSettled };
  await placeEvenly(wanted(), rate, placing, CLIENTS);
  return submissions;
}

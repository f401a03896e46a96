import { problems } from '#contracts/http/problems.ts';
import type { StackLoad } from '#contracts/http/stack-api.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { openAccounts } from '#tools/load/generate/open-accounts.ts';
import { placeEvenly } from '#tools/load/generate/place-orders.ts';
import { planOrders } from '#tools/load/generate/plan-orders.ts';
import type { Journal } from '../processes/journal.ts';

/** How long a request is repeated during an outage, in ms: longer than any pause that the control allows. */
const TIMEOUT = 60_000;
/** Enough that no customer reaches the gateway's limit of 50 requests a second and user. */
const CUSTOMERS = 20;

export interface LoadControl extends Disposable {
  /** The load that runs or ran last. */
  state(): StackLoad | null;
  /** @throws Problem 409 `stack_busy` while one runs */
  start(load: { ratePerSecond: number; seconds: number }): void;
  stop(): void;
}

/** Places orders on request, one load at a time, in this process. 50 orders a second take 5% of a core. */
export function createLoadControl(baseUrl: string, journal: Journal): LoadControl {
  let load: StackLoad | null = null;
  let stopping = new AbortController();

  async function run({ ratePerSecond, seconds }: { ratePerSecond: number; seconds: number }): Promise<void> {
    const mine: StackLoad = {
      running: true,
      ratePerSecond,
      seconds,
      acknowledged: 0,
      refused: 0,
      unanswered: 0,
      repeats: 0,
    };
    load = mine;
    const { signal } = stopping;
    const seed = Date.now() % 2 ** 31;
    const orders = ratePerSecond * seconds;
    const plan = planOrders({
      seed,
      orders,
      customers: CUSTOMERS,
      shareBeyondBalance: 0.05,
      shareTwice: 0.05,
      shareCancelled: 0.03,
    });
    await using gozon = openGozonClient({ baseUrl });
    journal.note('load', `Placing ${ratePerSecond} orders a second for ${seconds} s.`);
    try {
      await openAccounts(gozon, plan.customers, { timeout: TIMEOUT, signal }, () => {});
      await placeEvenly(plan.orders, ratePerSecond, {
        gozon,
        timeout: TIMEOUT,
        signal,
        onRepeat: () => (mine.repeats += 1),
        onSettled: ({ outcome: { kind } }) => (mine[kind === 'unknown' ? 'unanswered' : kind] += 1),
      });
      const ended = signal.aborted ? 'Load stopped' : 'Load done';
      journal.note(
        'load',
        `${ended}: ${mine.acknowledged} orders acknowledged, ${mine.refused} refused, ${mine.unanswered} unanswered, ${mine.repeats} requests repeated.`,
      );
    } catch (error) {
      journal.note('load', signal.aborted ? 'Load stopped.' : `Load failed: ${describeError(error)}.`);
    } finally {
      mine.running = false;
    }
  }

  return {
    state: () => load && { ...load },
    start(wanted) {
      if (load?.running) {
        throw problems.stackBusy('A load is running. Stop it first, or wait until it ends.');
      }
      stopping = new AbortController();
      void run(wanted);
    },
    stop: () => stopping.abort(),
    // Requests under way may hang on a paused component, so they are not awaited.
    [Symbol.dispose]: () => stopping.abort(),
  };
}

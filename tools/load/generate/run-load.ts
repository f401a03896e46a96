import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { checkInvariants } from '#tools/invariants/check-invariants.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import type { Databases } from '../databases.ts';
import { checkPrivacy, checkRefusals } from '../demo/check-from-outside.ts';
import { requireSameSystem } from '../demo/find-system.ts';
import { findDecided } from './decisions.queries.ts';
import type { DecidedOrder } from './decisions.queries.ts';
import type { GozonClient } from './gozon-client.ts';
import { openAccounts } from './open-accounts.ts';
import { placeEvenly, placeInTurn } from './place-orders.ts';
import type { Plan } from './plan-orders.ts';
import { acknowledged } from './submissions.ts';
import type { Submission } from './submissions.ts';
import { untilDecided, untilQuiet } from './until-decided.ts';

/** Runs a piece of work under a title, and shows its progress. */
export type ShowProgress = <Result>(
  title: string,
  work: (say: (progress: string) => void) => Promise<Result>,
) => Promise<Result>;

export interface Load {
  readonly gozon: GozonClient;
  readonly databases: Databases;
  readonly plan: Plan;
  /** Orders a second, evenly; or the number under way at a time. */
  readonly pace: { readonly rate: number } | { readonly concurrency: number };
  /** How long a request is repeated during an outage, in ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly showProgress: ShowProgress;
}

/** What a load did, also when it was stopped early. */
export interface LoadResult {
  readonly history: readonly Submission[];
  readonly decided: readonly DecidedOrder[];
}

/** Places the planned orders, through any outage, and waits until every acknowledged one is decided. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { gozon, plan, signal, timeout, showProgress } = load;
  await showProgress('Opening accounts', async (say) => {
    let opened = 0;
    const onOpened = () => say(`${++opened} of ${plan.customers.length}`);
    await openAccounts(gozon, plan.customers, { timeout, signal }, onOpened);
  });
  const [customer] = plan.customers;
  if (customer && !signal.aborted) await requireSameSystem(load.databases, customer.userId);
  const history = await showProgress('Placing orders', async (say) => place(load, say));
  const orderIds = acknowledged(history).map(({ outcome }) => outcome.order.orderId);
  await showProgress('Waiting for decisions', async (say) =>
    untilDecided(load.databases.orders, orderIds, {
      timeout,
      signal,
      onProgress: (left) => say(`${orderIds.length - left} of ${orderIds.length} decided`),
    }),
  );
  return { history, decided: await findDecided(load.databases.orders, orderIds) };
}

async function place(load: Load, say: (progress: string) => void): Promise<Submission[]> {
  const { orders } = load.plan;
  const history: Submission[] = [];
  let repeats = 0;
  const tell = () =>
    say(`${history.length} of ${orders.length}${repeats > 0 ? `, ${repeats} repeated` : ''}`);
  const placing = {
    ...load,
    onRepeat: () => {
      repeats += 1;
      tell();
    },
    onSettled: (submission: Submission) => {
      history.push(submission);
      tell();
    },
  };
  if ('rate' in load.pace) await placeEvenly(orders, load.pace.rate, placing);
  else await placeInTurn(orders, load.pace.concurrency, placing);
  return history;
}

/** How many orders a different user tries to read. */
const PRIVACY_SAMPLE = 20;

/**
 * Waits until nothing is pending, then checks every invariant: over everything stored, for this load, and through the
 * API.
 */
export async function checkLoad(
  load: Load,
  kafka: KafkaOptions,
  history: readonly Submission[],
): Promise<CheckResult[]> {
  const { gozon, databases, timeout, signal, showProgress } = load;
  return showProgress('Checking invariants', async (say) => {
    await untilQuiet(databases.orders, {
      timeout,
      signal,
      onProgress: (left) => say(`${left} still pending`),
    });
    say('reading databases and topics');
    const orders = acknowledged(history).map(({ outcome }) => outcome.order);
    const results = [
      ...(await checkInvariants({ databases, kafka, submissions: history })),
      await checkRefusals(gozon, databases),
      await checkPrivacy(gozon, orders.slice(0, PRIVACY_SAMPLE)),
    ];
    say('done');
    return results.toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  });
}

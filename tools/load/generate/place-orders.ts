import { performance } from 'node:perf_hooks';
import { ApiProblem } from '@gozon/client';
import { pause } from '@gozon/timing';
import pMap from 'p-map';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { GozonClient } from './gozon-client.ts';
import type { PlannedOrder } from './plan-orders.ts';
import { NoAnswer, repeatUntilAnswered } from './repeat-until-answered.ts';
import { requestAbout } from './request-about.ts';
import type { WatchOrder } from './request-about.ts';
import type { Outcome, Submission } from './submissions.ts';

export interface Placing {
  readonly gozon: GozonClient;
  /** How long an order is repeated with its Idempotency-Key during an outage, in ms. */
  readonly timeout: number;
  /** Ends the load: no more orders are sent, and those under way become unknown. */
  readonly signal: AbortSignal;
  readonly onRepeat: () => void;
  /** Tells what has become of an order. Only for orders of which a capture or refunds are planned. */
  readonly watch?: WatchOrder;
  /** Called once for each order, as soon as it is settled. */
  readonly onSettled: (submission: Submission) => void;
}

/** Closed loop: `concurrency` orders at a time, the next when one is answered. It shows what the system can do. */
export async function placeInTurn(
  orders: Iterable<PlannedOrder>,
  concurrency: number,
  placing: Placing,
): Promise<void> {
  const place = async (order: PlannedOrder) => {
    if (!placing.signal.aborted) placing.onSettled(await submit(order, now(), placing));
  };
  await pMap(orders, place, { concurrency });
}

/**
 * More requests under way would measure the generator, since the system is far behind then. Later orders start late, and
 * their latency shows it, since it counts from the intended start.
 */
const MAX_UNDER_WAY = 5_000;

/**
 * Open loop: an order every 1/rate seconds whether or not the earlier ones are answered, as independent customers do. It
 * shows what they would experience.
 * @param rate orders a second
 * @param maxUnderWay how many requests may wait for a reply at a time
 */
export async function placeEvenly(
  orders: Iterable<PlannedOrder>,
  rate: number,
  placing: Placing,
  maxUnderWay = MAX_UNDER_WAY,
): Promise<void> {
  const { signal } = placing;
  const underWay = new Set<Promise<void>>();
  const start = now();
  let index = 0;
  for (const order of orders) {
    const intendedAt = start + (index++ * 1000) / rate;
    // A timer may fire a fraction of a millisecond early.
    for (let early = intendedAt - now(); early > 0 && !signal.aborted; early = intendedAt - now()) {
      await pause(Math.ceil(early), signal);
    }
    while (underWay.size >= maxUnderWay) await Promise.race(underWay);
    if (signal.aborted) break;
    const settled = submit(order, intendedAt, placing).then(placing.onSettled);
    underWay.add(settled);
    void settled.finally(() => underWay.delete(settled)).catch(() => {});
  }
  await Promise.all(underWay);
}

async function submit(order: PlannedOrder, intendedAt: number, placing: Placing): Promise<Submission> {
  const sentAt = now();
  let attempts = 0;
  let answeredAt: number | undefined;
  const customer = placing.gozon.as(order.userId);
  const { amount, description, captureWithin, idempotencyKey } = order;
  const held = captureWithin === undefined ? {} : { captureMethod: 'manual' as const, captureWithin };
  const once = async () => {
    const reply = await repeatUntilAnswered(async () => {
      attempts += 1;
      return customer.placeOrder({ amount, description, ...held }, { idempotencyKey });
    }, placing);
    answeredAt ??= now();
    return reply;
  };
  const results = await Promise.allSettled(order.twice ? [once(), once()] : [once()]);
  const outcome = outcomeOf(results);
  const submission = { order, intendedAt, sentAt, answeredAt: answeredAt ?? now(), attempts, outcome };
  if (outcome.kind !== 'acknowledged') return submission;
  return { ...submission, ...(await requestAbout(order, outcome.order.orderId, placing)) };
}

/** @throws any other error, which is a bug */
function outcomeOf(results: readonly PromiseSettledResult<OrderReply>[]): Outcome {
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  for (const error of errors) {
    if (!(error instanceof ApiProblem || error instanceof NoAnswer)) throw error;
  }
  // After a 500 nobody knows what was done.
  const refusals = errors.filter((error) => error instanceof ApiProblem).filter(({ status }) => status < 500);
  const replies = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [order] = replies;
  if (order) {
    const orderIds = [...new Set(replies.map(({ orderId }) => orderId))];
    return { kind: 'acknowledged', order, orderIds, refusals };
  }
  const [problem] = refusals;
  return problem ? { kind: 'refused', problem } : { kind: 'unknown', error: errors[0] };
}

/** Ms since 1970, with fractions, and monotonic: Date.now() has whole ms and jumps when the clock is set. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

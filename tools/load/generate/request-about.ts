import { ApiProblem } from '@gozon/client';
import { pause } from '@gozon/timing';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { GozonClient } from './gozon-client.ts';
import type { PlannedOrder } from './plan-orders.ts';
import type { PlannedCapture, PlannedRefund } from './plan-requests.ts';
import { NoAnswer, repeatUntilAnswered } from './repeat-until-answered.ts';
import type { RepeatOptions } from './repeat-until-answered.ts';
import type { RefundRequest, RequestOutcome, Requests } from './submissions.ts';

/** An order as it was when somebody looked. */
export interface SeenOrder {
  readonly status: OrderStatus;
  readonly captureBefore: Date | null;
}

/** Waits until the order has one of these statuses; undefined when that takes too long. */
export type WatchOrder = (
  orderId: string,
  statuses: readonly OrderStatus[],
) => Promise<SeenOrder | undefined>;

type Requesting = RepeatOptions & { readonly gozon: GozonClient; readonly watch?: WatchOrder };

/** What an order is when nothing more can be asked of it. */
const OVER = ['failed', 'cancelled', 'refunded'] as const;

/** Asks of an acknowledged order what is planned, each at its time. */
export async function requestAbout(
  order: PlannedOrder,
  orderId: string,
  requesting: Requesting,
): Promise<Requests> {
  const { cancelAfter, capture, refunds } = order;
  const [cancel, captured, refunded] = await Promise.all([
    cancelAfter === undefined ? undefined : requestCancel(order, orderId, cancelAfter, requesting),
    capture && requestCapture(order, capture, orderId, requesting),
    refunds && requestRefunds(order, refunds, orderId, requesting),
  ]);
  return { ...(cancel && { cancel }), ...captured, ...(refunded && { refunds: refunded }) };
}

async function requestCancel(
  order: PlannedOrder,
  orderId: string,
  after: number,
  requesting: Requesting,
): Promise<RequestOutcome> {
  await pause(after, requesting.signal);
  const { userId, idempotencyKey } = order;
  const repeatable = { idempotencyKey: `cancel ${idempotencyKey}` };
  const { outcome } = await ask(
    async () => requesting.gozon.as(userId).cancelOrder(orderId, repeatable),
    false,
    requesting,
  );
  return outcome;
}

async function requestCapture(
  order: PlannedOrder,
  { merchantId, amount, after, from, contested }: PlannedCapture,
  orderId: string,
  requesting: Requesting,
): Promise<Requests> {
  const seen = await requireWatch(requesting)(orderId, ['authorized', ...OVER]);
  if (seen?.status !== 'authorized') return {};
  const toTheEnd = (seen.captureBefore?.getTime() ?? 0) - Date.now();
  await pause(Math.max(0, from === 'end' ? toTheEnd + after : after), requesting.signal);
  const repeatable = { idempotencyKey: `capture ${order.idempotencyKey}` };
  const body = amount === undefined ? {} : { amount };
  const [{ outcome }, cancel] = await Promise.all([
    ask(
      async () => requesting.gozon.as(merchantId).captureOrder(orderId, body, repeatable),
      order.twice,
      requesting,
    ),
    contested ? requestCancel(order, orderId, 0, requesting) : undefined,
  ]);
  return { capture: outcome, ...(cancel && { cancel }) };
}

async function requestRefunds(
  order: PlannedOrder,
  refunds: readonly PlannedRefund[],
  orderId: string,
  requesting: Requesting,
): Promise<RefundRequest[]> {
  const seen = await requireWatch(requesting)(orderId, ['paid', ...OVER]);
  if (seen?.status !== 'paid') return [];
  return Promise.all(
    refunds.map(async ({ merchantId, amount }, index) => {
      const repeatable = { idempotencyKey: `refund ${index + 1} ${order.idempotencyKey}` };
      const { outcome, replies } = await ask(
        async () => requesting.gozon.as(merchantId).refundOrder(orderId, { amount }, repeatable),
        order.twice,
        requesting,
      );
      return { amount, outcome, refundIds: [...new Set(replies.map(({ refundId }) => refundId))] };
    }),
  );
}

function requireWatch({ watch }: Requesting): WatchOrder {
  if (!watch) throw new Error('a load that captures or refunds orders has to watch them');
  return watch;
}

/** Asks once or twice at the same moment, and repeats until it is answered. One acknowledgement counts. */
async function ask<Reply>(
  attempt: () => Promise<Reply>,
  twice: boolean,
  requesting: Requesting,
): Promise<{ outcome: RequestOutcome; replies: Reply[] }> {
  const once = async () => repeatUntilAnswered(attempt, requesting);
  const results = await Promise.allSettled(twice ? [once(), once()] : [once()]);
  const replies = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  for (const error of errors) {
    if (!(error instanceof ApiProblem || error instanceof NoAnswer)) throw error;
  }
  // After a 500 nobody knows what was done.
  const problems = errors.filter((error) => error instanceof ApiProblem).filter(({ status }) => status < 500);
  const [problem] = problems;
  if (replies.length > 0) {
    return { outcome: { kind: 'acknowledged', ...(problem && { contradicted: problem }) }, replies };
  }
  const outcome: RequestOutcome =
    problem && problems.length === errors.length
      ? { kind: 'refused', problem }
      : { kind: 'unknown', error: errors[0] };
  return { outcome, replies };
}

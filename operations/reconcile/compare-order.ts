import type { Decision } from '#contracts/values/decision.ts';
import { EVENT_RANKS, RANK, statusAfter } from '#contracts/values/order-status.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { compareAmounts, compareLedger } from './compare-ledger.ts';
import type { ComparisonResult, Contradiction, LostEvent } from './comparison-result.ts';
import type { OrderToCompare, PostingToCompare } from './reconcile.queries.ts';

/**
 * Compares an order with its decision and its postings. The order must have been read before the other two: then
 * whatever it has heard of its payment was true when they were read.
 * @param bounds.grace for how long after a decision or a refund its event may be under way, in ms
 */
export function compareOrder(
  order: OrderToCompare | undefined,
  decision: Decision | undefined,
  postings: readonly PostingToCompare[],
  { now, grace }: { now: Date; grace: number },
): ComparisonResult {
  if (!order) return { kind: 'order_unknown', detail: describeUnknown(decision, postings) };
  if (!decision) return compareUndecided(order, postings);
  const events = eventsOf(decision, postings);
  const contradiction =
    compareAmounts(order, decision) ??
    compareLedger(decision, postings) ??
    compareStatus(order, decision, events) ??
    compareWish(order, decision, events, now.getTime() - grace);
  if (contradiction) return contradiction;
  const due = events.filter(({ type }) => EVENT_RANKS[type] > order.statusRank);
  if (due.length === 0) return { kind: 'ok' };
  if (due.some(({ at }) => at.getTime() > now.getTime() - grace)) return { kind: 'waiting' };
  const detail = `the order is ${order.status}, and lacks ${due.map(({ type }) => type).join(' and ')}`;
  return { kind: 'event_lost', detail, events: due };
}

function describeUnknown(decision: Decision | undefined, postings: readonly PostingToCompare[]): string {
  const known = 'payments knows an order that orders does not have';
  if (postings.some(({ kind }) => kind === 'refund')) return `${known}: debited, and refunded`;
  return decision?.outcome === 'completed'
    ? `${known}: ${decision.amount} debited`
    : `${known}: nothing debited`;
}

function compareUndecided(order: OrderToCompare, postings: readonly PostingToCompare[]): ComparisonResult {
  if (postings.length > 0) {
    return { kind: 'decision_missing', detail: `${postings.length} postings, and no decision` };
  }
  if (order.statusRank === RANK.undecided) return { kind: 'waiting' };
  return { kind: 'decision_missing', detail: `the order is ${order.status}, and payments decided nothing` };
}

/** The events that report a decision and, if there is one, its refund; oldest first. */
function eventsOf(decision: Decision, postings: readonly PostingToCompare[]): LostEvent[] {
  const type = decision.outcome === 'completed' ? 'payment.completed' : 'payment.declined';
  const refund = postings.find(({ kind, account }) => kind === 'refund' && account === 'customer');
  return [
    { type, at: decision.decidedAt },
    ...(refund ? [{ type: 'payment.refunded', at: refund.createdAt } as const] : []),
  ];
}

/** Whether the status of an order agrees with the event that it last applied. An order without one is not wrong. */
function compareStatus(
  { status, statusRank, failureReason }: OrderToCompare,
  { reason }: Decision,
  events: readonly LostEvent[],
): Contradiction | undefined {
  if (statusRank === RANK.undecided) return undefined;
  const applied = events.find(({ type }) => EVENT_RANKS[type] === statusRank);
  const expectedStatus = applied && statusAfter({ type: applied.type, reason: reason ?? undefined });
  const expected = expectedStatus === undefined ? 'no refund' : describeStatus(expectedStatus, reason);
  const actual = describeStatus(status, failureReason);
  if (actual === expected) return undefined;
  return { kind: 'wrong_status', detail: `the order is ${actual}, and payments says ${expected}` };
}

/**
 * Whether the customer asked for the cancel that payments made. The wish is stored before, but the order may have been read
 * before that, so what is young is left to the next comparison.
 */
function compareWish(
  { cancelRequestedAt }: OrderToCompare,
  { reason }: Decision,
  events: readonly LostEvent[],
  old: number,
): Contradiction | undefined {
  const cancelled = events.find(({ type }) => type === 'payment.refunded' || reason === 'cancelled');
  if (!cancelled || cancelRequestedAt !== null || cancelled.at.getTime() > old) return undefined;
  const what = reason === 'cancelled' ? 'cancelled the payment' : 'refunded it';
  return { kind: 'cancel_unasked', detail: `payments ${what}, and nobody asked to cancel the order` };
}

function describeStatus(status: OrderStatus, reason: string | null): string {
  return status === 'failed' ? `failed (${reason})` : status;
}

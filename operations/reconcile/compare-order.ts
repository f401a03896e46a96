import { EVENT_RANKS, RANK, statusAfter } from '#contracts/values/order-status.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { compareAmounts, compareLedger } from './compare-ledger.ts';
import type { DecisionToCompare, OrderToCompare, PostingToCompare } from './reconcile.queries.ts';
import type { Contradiction, LostEvent, Verdict } from './verdict.ts';

/**
 * Holds an order against what payments decided and posted for it. The order must have been read before the other two, so
 * that what it says was true of them already.
 * @param patience how long after a decision or a refund its event may be under way, in ms
 */
export function compareOrder(
  order: OrderToCompare | undefined,
  decision: DecisionToCompare | undefined,
  postings: readonly PostingToCompare[],
  { now, patience }: { now: Date; patience: number },
): Verdict {
  if (!order) return { kind: 'order_unknown', detail: 'payments knows an order that orders does not have' };
  if (!decision) return withoutDecision(order, postings);
  const events = eventsOf(decision, postings);
  const contradiction =
    compareAmounts(order, decision) ??
    compareLedger(decision, postings) ??
    compareStatus(order, decision, events);
  if (contradiction) return contradiction;
  const due = events.filter(({ type }) => EVENT_RANKS[type] > order.statusRank);
  if (due.length === 0) return { kind: 'ok' };
  if (due.some(({ at }) => at.getTime() > now.getTime() - patience)) return { kind: 'waiting' };
  const detail = `the order is ${order.status}, and lacks ${due.map(({ type }) => type).join(' and ')}`;
  return { kind: 'event_lost', detail, events: due };
}

function withoutDecision(order: OrderToCompare, postings: readonly PostingToCompare[]): Verdict {
  if (postings.length > 0) {
    return { kind: 'decision_missing', detail: `${postings.length} postings, and no decision` };
  }
  if (order.statusRank === RANK.undecided) return { kind: 'waiting' };
  return { kind: 'decision_missing', detail: `the order is ${order.status}, and payments decided nothing` };
}

/** The events that report a decision and, if there is one, its refund; oldest first. */
function eventsOf(decision: DecisionToCompare, postings: readonly PostingToCompare[]): LostEvent[] {
  const type = decision.outcome === 'completed' ? 'payment.completed' : 'payment.declined';
  const refund = postings.find(({ kind, account }) => kind === 'refund' && account === 'customer');
  return [
    { type, at: decision.decidedAt },
    ...(refund ? [{ type: 'payment.refunded', at: refund.createdAt } as const] : []),
  ];
}

/** Whether an order that has heard of its payment has heard what is true. */
function compareStatus(
  { status, statusRank, failureReason }: OrderToCompare,
  { reason }: DecisionToCompare,
  events: readonly LostEvent[],
): Contradiction | undefined {
  if (statusRank === RANK.undecided) return undefined;
  const heard = events.find(({ type }) => EVENT_RANKS[type] === statusRank);
  const expected = heard && statusAfter({ type: heard.type, reason: reason ?? undefined });
  const actual = say(status, failureReason);
  if (expected !== undefined && actual === say(expected, reason)) return undefined;
  const truth = expected === undefined ? 'no refund' : say(expected, reason);
  return { kind: 'wrong_status', detail: `the order is ${actual}, and payments says ${truth}` };
}

function say(status: OrderStatus, reason: string | null): string {
  return status === 'failed' ? `failed (${reason})` : status;
}

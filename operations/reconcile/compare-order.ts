import { compareAmounts, compareLedger } from './compare-ledger.ts';
import { compareStatus, hasHeard } from './compare-status.ts';
import { compareWishes } from './compare-wishes.ts';
import type { ComparisonResult } from './comparison-result.ts';
import { capturedOf, factsOf } from './payment-facts.ts';
import type { PaymentToCompare } from './payments.queries.ts';
import type { OrderToCompare } from './reconcile.queries.ts';

/**
 * Compares an order with its payment: the decision, the hold, the refunds and their postings. The order must have been read
 * before the payment: then whatever it has heard of its payment was true when that was read.
 * @param bounds.grace for how long after something was done its event may be under way, in ms
 */
export function compareOrder(
  order: OrderToCompare | undefined,
  payment: PaymentToCompare | undefined,
  { now, grace }: { now: Date; grace: number },
): ComparisonResult {
  if (!payment) return compareUndecided(order);
  if (!order) return { kind: 'order_unknown', detail: describeUnknown(payment) };
  const facts = factsOf(payment);
  const old = now.getTime() - grace;
  const contradiction =
    compareAmounts(order, payment) ??
    compareLedger(payment) ??
    compareStatus(order, payment, facts) ??
    compareWishes(order, payment, facts, old);
  if (contradiction) return contradiction;
  const due = facts.filter((fact) => !hasHeard(order, fact));
  if (due.length === 0) return { kind: 'ok' };
  if (due.some(({ at }) => at.getTime() > old)) return { kind: 'waiting' };
  const detail = `the order is ${order.status}, and lacks ${due.map(({ type }) => type).join(' and ')}`;
  return { kind: 'event_lost', detail, events: due };
}

function describeUnknown(payment: PaymentToCompare): string {
  const known = 'payments knows an order that orders does not have';
  const [captured, { hold, refunds }] = [capturedOf(payment), payment];
  if (hold && !hold.closedAt) return `${known}: ${hold.amount} held`;
  if (captured === 0n) return `${known}: nothing debited`;
  return refunds.length > 0 ? `${known}: debited, and refunded` : `${known}: ${captured} debited`;
}

function compareUndecided(order: OrderToCompare | undefined): ComparisonResult {
  if (!order || order.status === 'created') return { kind: 'waiting' };
  return { kind: 'decision_missing', detail: `the order is ${order.status}, and payments decided nothing` };
}

import type { DecisionRow, OrderRow } from './compare-orders.queries.ts';

/** What became of an order, as its row says or as payments did it. Amounts in minor units. */
export interface OrderState {
  readonly status: string;
  /** Why it failed or was cancelled. */
  readonly reason: string | null;
  readonly captured: number;
  readonly refunded: number;
}

export function stateOfOrder(order: OrderRow): OrderState {
  const { status, captured, refunded, failureReason, cancellationReason } = order;
  const reason = status === 'cancelled' ? (cancellationReason ?? 'requested') : failureReason;
  return { status, reason, captured, refunded };
}

export function stateByPayments(decision: DecisionRow): OrderState {
  const { outcome, reason, amount, captured, closedAt, releaseReason, refunds } = decision;
  const refunded = refunds.reduce((sum, refund) => sum + refund.amount, 0);
  const nothing = { reason: null, captured: 0, refunded };
  if (outcome === 'declined') {
    return reason === 'cancelled'
      ? { ...nothing, status: 'cancelled', reason: 'requested' }
      : { ...nothing, status: 'failed', reason };
  }
  if (outcome === 'authorized' && closedAt === null) return { ...nothing, status: 'authorized' };
  const taken = outcome === 'completed' ? Number(amount) : (captured ?? 0);
  if (taken === 0) return { ...nothing, status: 'cancelled', reason: releaseReason };
  return { ...nothing, status: refunded < taken ? 'paid' : 'refunded', captured: taken };
}

/** Such as "paid, 500 captured, 200 refunded" or "failed (insufficient_funds)". */
export function describeState({ status, reason, captured, refunded }: OrderState): string {
  const amounts = captured === 0 && refunded === 0 ? '' : `, ${captured} captured, ${refunded} refunded`;
  return `${status}${reason === null ? '' : ` (${reason})`}${amounts}`;
}

import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Contradiction } from './comparison-result.ts';
import { capturedOf, sumOf } from './payment-facts.ts';
import type { Fact } from './payment-facts.ts';
import type { PaymentToCompare } from './payments.queries.ts';
import type { OrderToCompare } from './reconcile.queries.ts';

/** How far a payment is. */
interface PaymentState {
  readonly status: OrderStatus;
  /** Why it failed or was cancelled. */
  readonly reason: string | null;
  /** Null until something was taken. */
  readonly captured: bigint | null;
  readonly refunded: bigint;
}

/**
 * Whether an order says what payments told it, and nothing else. An order that did not hear of something is not wrong:
 * {@link hasHeard} says of what it did.
 */
export function compareStatus(
  order: OrderToCompare,
  payment: PaymentToCompare,
  facts: readonly Fact[],
): Contradiction | undefined {
  const { captureBefore } = order;
  const end = payment.hold?.captureBefore;
  if (captureBefore !== null && captureBefore.getTime() !== end?.getTime()) {
    const until = `until ${captureBefore.toISOString()}`;
    const held =
      end === undefined ? 'payments holds nothing' : `payments holds it until ${end.toISOString()}`;
    return { kind: 'wrong_status', detail: `the order can be captured ${until}, and ${held}` };
  }
  const describe = (state: PaymentState) => describeState(state, order.amount);
  const actual = describe(stateOf(order));
  const told = describe(
    stateAfter(
      facts.filter((fact) => hasHeard(order, fact)),
      payment,
    ),
  );
  if (actual === told) return undefined;
  const done = describe(stateAfter(facts, payment));
  const expected = done === actual ? `what it heard of makes it ${told}` : `payments says ${done}`;
  return { kind: 'wrong_status', detail: `the order is ${actual}, and ${expected}` };
}

/**
 * Whether an order has applied the event of a fact. What follows from a later event counts too: an order that is paid knows
 * that its money was held.
 */
export function hasHeard(order: OrderToCompare, { type, refundId }: Fact): boolean {
  const { status, captured } = stateOf(order);
  const isCancelled = status === 'cancelled';
  const heard = {
    'payment.authorized': order.captureBefore !== null || captured !== null || isCancelled,
    'payment.completed': captured !== null,
    'payment.captured': captured !== null,
    'payment.declined': status === 'failed' || isCancelled,
    'payment.released': isCancelled,
    'payment.refunded':
      wasRefundedBefore(order) ||
      order.refunds.some((refund) => refund.refundId === refundId && refund.isMade),
  } satisfies Record<Fact['type'], boolean>;
  return heard[type];
}

/** By its row. One that was paid before there were holds, or by an older copy, says so by its status alone. */
function stateOf(order: OrderToCompare): PaymentState {
  const { status, amount, amountCaptured, amountRefunded, failureReason, cancellationReason } = order;
  const isPaid = status === 'paid' || status === 'refunded';
  const captured = amountCaptured ?? (isPaid ? amount : null);
  return {
    status,
    reason: status === 'cancelled' ? (cancellationReason ?? 'requested') : failureReason,
    captured,
    refunded: captured !== null && wasRefundedBefore(order) ? captured : amountRefunded,
  };
}

/** Whether it was refunded before there were refunds in parts: as a whole, and without a row of the refund. */
function wasRefundedBefore({ status, amountRefunded }: OrderToCompare): boolean {
  return status === 'refunded' && amountRefunded === 0n;
}

/** After some of what payments did. */
function stateAfter(facts: readonly Fact[], payment: PaymentToCompare): PaymentState {
  const happened = new Set(facts.map(({ type }) => type));
  const captured = capturedOf(payment);
  const refunded = sumOf(
    payment.refunds.filter(({ refundId }) => facts.some((fact) => fact.refundId === refundId)),
  );
  // A refund says what was taken.
  const isPaid = ['payment.completed', 'payment.captured', 'payment.refunded'] as const;
  if (isPaid.some((type) => happened.has(type))) {
    return { status: refunded >= captured ? 'refunded' : 'paid', reason: null, captured, refunded };
  }
  return { ...endWithoutPayment(happened, payment), captured: null, refunded };
}

function endWithoutPayment(
  happened: ReadonlySet<Fact['type']>,
  { reason, hold }: PaymentToCompare,
): Pick<PaymentState, 'status' | 'reason'> {
  if (happened.has('payment.released')) return { status: 'cancelled', reason: hold?.releaseReason ?? null };
  if (!happened.has('payment.declined')) {
    return { status: happened.has('payment.authorized') ? 'authorized' : 'created', reason: null };
  }
  return reason === 'cancelled' ? { status: 'cancelled', reason: 'requested' } : { status: 'failed', reason };
}

/** Such as "failed (insufficient_funds)" or "paid, 500 captured, 200 refunded". What goes without saying is left out. */
function describeState({ status, reason, captured, refunded }: PaymentState, amount: bigint): string {
  return [
    reason === null ? status : `${status} (${reason})`,
    ...(captured === null || captured === amount ? [] : [`${captured} captured`]),
    ...(refunded === 0n || refunded === captured ? [] : [`${refunded} refunded`]),
  ].join(', ');
}

import type { Contradiction } from './comparison-result.ts';
import { capturedOf } from './payment-facts.ts';
import type { Fact } from './payment-facts.ts';
import type { PaymentToCompare } from './payments.queries.ts';
import type { OrderToCompare } from './reconcile.queries.ts';

/**
 * Whether somebody asked for what payments did beside the payment: its cancel, its capture, its refunds. A wish is stored
 * before, but the order may have been read before that, so what is young is left to the next comparison.
 * @param old what is later than this is young; in ms since 1970
 */
export function compareWishes(
  order: OrderToCompare,
  payment: PaymentToCompare,
  facts: readonly Fact[],
  old: number,
): Contradiction | undefined {
  for (const fact of facts.filter(({ at }) => at.getTime() <= old)) {
    const contradiction =
      compareCancel(order, payment, fact) ??
      compareCapture(order, payment, fact) ??
      compareRefund(order, payment, fact);
    if (contradiction) return contradiction;
  }
  return undefined;
}

/** The end of a hold is a wish of orders too. The refund of a cancel has the order's id. */
function compareCancel(
  { orderId, cancelRequestedAt }: OrderToCompare,
  { reason }: PaymentToCompare,
  { type, refundId }: Fact,
): Contradiction | undefined {
  if (cancelRequestedAt !== null) return undefined;
  const unasked = (what: string) =>
    ({ kind: 'cancel_unasked', detail: `payments ${what}, and nobody asked to cancel the order` }) as const;
  if (type === 'payment.declined' && reason === 'cancelled') return unasked('cancelled the payment');
  if (type === 'payment.released') return unasked('released the hold');
  return refundId === orderId ? unasked('refunded it') : undefined;
}

/** A debit of an order whose money was to be held is a capture as well. */
function compareCapture(
  { captureMethod, captureRequestedAt, captureRequested }: OrderToCompare,
  payment: PaymentToCompare,
  { type }: Fact,
): Contradiction | undefined {
  const isCapture =
    type === 'payment.captured' || (type === 'payment.completed' && captureMethod === 'manual');
  if (!isCapture) return undefined;
  const captured = capturedOf(payment);
  const unasked = (detail: string) => ({ kind: 'capture_unasked', detail }) as const;
  if (captureRequestedAt === null) {
    return unasked(`payments captured ${captured}, and nobody asked to capture the order`);
  }
  if (captureRequested !== captured) {
    return unasked(`payments captured ${captured}, and asked for was ${captureRequested}`);
  }
  const end = payment.hold?.captureBefore;
  if (end === undefined || captureRequestedAt < end) return undefined;
  const asked = `${captureRequestedAt.toISOString()}, after the end of the hold, ${end.toISOString()}`;
  return unasked(`payments captured ${captured}, which was asked for at ${asked}`);
}

function compareRefund(
  { orderId, refunds }: OrderToCompare,
  payment: PaymentToCompare,
  { refundId }: Fact,
): Contradiction | undefined {
  if (refundId === null || refundId === orderId) return undefined;
  const made = payment.refunds.find((refund) => refund.refundId === refundId);
  const asked = refunds.find((refund) => refund.refundId === refundId);
  if (made?.amount === asked?.amount) return undefined;
  const wish = asked ? `asked for was ${asked.amount}` : 'nobody asked for it';
  return { kind: 'refund_unasked', detail: `payments refunded ${made?.amount} as ${refundId}, and ${wish}` };
}

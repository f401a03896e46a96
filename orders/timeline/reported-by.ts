import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { PaymentEventType } from '#contracts/values/order-status.ts';
import type { EventRow, RefundRow } from './timeline.queries.ts';

/** An order as it is now, with its newest refunds. */
export interface KnownOrder {
  readonly order: OrderReply;
  readonly refunds: readonly RefundRow[];
}

/** What the event of a change reported, and of how much. The inbox keeps an event's id only, which says which it was. */
export function reportedBy(
  { eventId, status }: Pick<EventRow, 'eventId' | 'status'>,
  { order, refunds }: KnownOrder,
): { type: PaymentEventType | null; amount: bigint | null } {
  const { amount, amountCaptured, amountRefunded, captureBefore, captureMethod, orderId } = order;
  const [, what, refundId = orderId] = eventId?.split('/') ?? [];
  switch (what) {
    case 'decision': {
      // An order that was cancelled before it was decided has no hold.
      const isDeclined = status === 'failed' || (status === 'cancelled' && captureBefore === null);
      if (isDeclined) return { type: 'payment.declined', amount };
      return { type: captureMethod === 'manual' ? 'payment.authorized' : 'payment.completed', amount };
    }
    case 'hold':
      return status === 'cancelled'
        ? { type: 'payment.released', amount }
        : { type: 'payment.captured', amount: amountCaptured };
    case 'refund': {
      const refund = refunds.find((one) => one.refundId === refundId);
      // Before there were refunds in parts, one was of the whole order and had no row.
      const whole = refunds.length === 0 ? amountRefunded : null;
      return { type: 'payment.refunded', amount: refund?.amount ?? whole };
    }
    default:
      return { type: null, amount: null };
  }
}

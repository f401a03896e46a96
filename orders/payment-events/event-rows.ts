import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { CancellationReason, DeclineReason } from '#contracts/values/order-status.ts';
import type { Message } from '#platform/kafka/connect.ts';

/**
 * A payment event as what it says about its order. Each of these things happens to an order once, but for refunds, which
 * add up; so the events of an order may be applied in any sequence. An event that implies an earlier one says so too: of an
 * order that was refunded, as much was captured as the refund says.
 */
export interface PaymentEventRow {
  readonly eventId: string;
  readonly orderId: string;
  /** Until when its hold can be captured. */
  readonly captureBefore: string | null;
  /** What was taken, in minor units, as all amounts. */
  readonly captured: number | null;
  /** How it ended without a payment. */
  readonly closedAs: 'failed' | 'cancelled' | null;
  readonly failureReason: DeclineReason | null;
  readonly cancellationReason: CancellationReason | null;
  readonly refundId: string | null;
  readonly refunded: number | null;
  /** RFC 3339. */
  readonly time: string;
  readonly partition: number;
  readonly offset: string;
}

/** What an event of an order that is not mentioned by its type leaves open. */
const NOTHING = {
  captureBefore: null,
  captured: null,
  closedAs: null,
  failureReason: null,
  cancellationReason: null,
  refundId: null,
  refunded: null,
} as const;

export function toEventRow(event: PaymentEvent, { partition, offset }: Message): PaymentEventRow {
  const { id: eventId, time } = event;
  const { orderId } = event.data;
  return { ...NOTHING, ...saidBy(event), eventId, orderId, time, partition, offset };
}

function saidBy({ type, data }: PaymentEvent): Partial<PaymentEventRow> {
  switch (type) {
    case 'payment.completed':
      return { captured: data.amount };
    case 'payment.authorized':
      return { captureBefore: data.captureBefore };
    case 'payment.captured':
      return { captured: data.amountCaptured };
    case 'payment.declined':
      return data.reason === 'cancelled'
        ? { closedAs: 'cancelled', cancellationReason: 'requested' }
        : { closedAs: 'failed', failureReason: data.reason };
    case 'payment.released':
      return { closedAs: 'cancelled', cancellationReason: data.reason };
    case 'payment.refunded': {
      // Before there were refunds in parts, one was of the whole order.
      const { amount, amountCaptured = amount, refundAmount = amount, refundId = data.orderId } = data;
      return { captured: amountCaptured, refundId, refunded: refundAmount };
    }
  }
}

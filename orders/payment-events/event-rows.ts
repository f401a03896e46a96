import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { toTraceText } from '#contracts/values/trace-context.ts';
import type { Message } from '#platform/kafka/connect.ts';
import type { PaymentEventRow } from './payment-events.queries.ts';

/** What an event says nothing of. */
const NOTHING = {
  captureBefore: null,
  captured: null,
  closedAs: null,
  failureReason: null,
  cancellationReason: null,
  refundId: null,
  refunded: null,
} as const;

export function toEventRow(event: PaymentEvent, { partition, offset, trace }: Message): PaymentEventRow {
  const { id: eventId, time } = event;
  const { orderId } = event.data;
  const row = { ...NOTHING, ...saidBy(event), eventId, orderId, time, partition, offset };
  return trace ? { ...row, trace: toTraceText(trace) } : row;
}

function saidBy({ type, data }: PaymentEvent): Partial<PaymentEventRow> {
  if (type === 'payment.completed') return { captured: data.amount };
  if (type === 'payment.authorized') return { captureBefore: data.captureBefore };
  if (type === 'payment.captured') return { captured: data.amountCaptured };
  if (type === 'payment.released') return { closedAs: 'cancelled', cancellationReason: data.reason };
  if (type === 'payment.declined') {
    return data.reason === 'cancelled'
      ? { closedAs: 'cancelled', cancellationReason: 'requested' }
      : { closedAs: 'failed', failureReason: data.reason };
  }
  // Before there were refunds in parts, one was of the whole order.
  const { amount, amountCaptured = amount, refundAmount = amount, refundId = data.orderId } = data;
  return { captured: amountCaptured, refundId, refunded: refundAmount };
}

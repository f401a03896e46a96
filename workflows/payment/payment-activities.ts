import {
  CLOUD_EVENT_CONTENT_TYPE,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { Cancellation, Decision, OrderPayment } from '#contracts/values/decision.ts';
import { parseMoney } from '#contracts/values/money/money.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import type { PaymentActivities, ToReport } from './activities.ts';
import { fromPayload, toCancellationPayload, toDecisionPayload } from './payloads.ts';

export interface PaymentActivityDependencies {
  /** Payments' own debit and cancel, on payments' own tables. */
  readonly debit: (payment: OrderPayment) => Promise<Decision>;
  readonly cancel: (payment: OrderPayment) => Promise<Cancellation>;
  /** Writes an event to the topic. */
  readonly publish: (event: PaymentEvent) => Promise<void>;
}

/** The activities, with what they depend on. Only their types reach the workflow. */
export function createPaymentActivities(deps: PaymentActivityDependencies): PaymentActivities {
  return {
    debit: async (order) => toDecisionPayload(await deps.debit(fromPayload(order))),
    cancel: async (order) => toCancellationPayload(await deps.cancel(fromPayload(order))),
    report: async (report) => deps.publish(eventOf(report)),
  };
}

/** Writes an event to the topic, for the consumers of its order to read in turn. */
export async function publish(producer: MessageProducer, event: PaymentEvent): Promise<void> {
  await producer.send(PAYMENT_STATUS_TOPIC.name, [
    {
      key: event.subject,
      value: JSON.stringify(event),
      headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE },
    },
  ]);
}

function eventOf({ decision, refundedAt, traceparent }: ToReport): PaymentEvent {
  const { reason, ...payment } = decision;
  const fact = { ...payment, amount: parseMoney(decision.amount), traceparent };
  if (refundedAt !== undefined) return paymentEvent({ ...fact, type: 'payment.refunded', time: refundedAt });
  return decision.outcome === 'completed'
    ? paymentEvent({ ...fact, type: 'payment.completed', time: decision.decidedAt })
    : paymentEvent({ ...fact, type: 'payment.declined', reason, time: decision.decidedAt });
}

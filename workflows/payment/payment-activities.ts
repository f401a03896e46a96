import { ApplicationFailure } from '@temporalio/common';
import {
  CLOUD_EVENT_CONTENT_TYPE,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { Cancellation, PaymentWish, SignedDecision } from '#contracts/values/decision.ts';
import { parseMoney } from '#contracts/values/money/money.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { PaymentActivities, ToReport } from './activities.ts';
import { fromPayload, toCancellationPayload, toDecisionPayload } from './payloads.ts';

export interface PaymentActivityDependencies {
  /** Payments' own debit and cancel, on payments' own tables. */
  readonly debit: (wish: PaymentWish) => Promise<SignedDecision>;
  readonly cancel: (wish: PaymentWish) => Promise<Cancellation>;
  /** Whether an error of theirs says that orders did not ask for it. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Writes events to the topic. */
  readonly publish: (events: readonly PaymentEvent[]) => Promise<void>;
}

/** The activities, with what they depend on. Only their types reach the workflow. */
export function createPaymentActivities(deps: PaymentActivityDependencies): PaymentActivities {
  return {
    debit: async (order) => toDecisionPayload(await orRefuse(deps.debit(fromPayload(order)))),
    cancel: async (order) => toCancellationPayload(await orRefuse(deps.cancel(fromPayload(order)))),
    report: async (report) => deps.publish([eventOf(report)]),
  };

  /** Another attempt of what orders did not ask for would be refused too: the workflow fails at once, and is seen. */
  async function orRefuse<Result>(step: Promise<Result>): Promise<Result> {
    try {
      return await step;
    } catch (error) {
      if (!deps.isRefusal(error)) throw error;
      const message = describeError(error);
      throw ApplicationFailure.create({ type: 'NotSignedByOrders', message, nonRetryable: true });
    }
  }
}

/** Writes events to the topic. The consumers of an order read its events in turn. */
export async function publish(producer: MessageProducer, events: readonly PaymentEvent[]): Promise<void> {
  const messages = events.map((event) => ({
    key: event.subject,
    value: JSON.stringify(event),
    headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE },
  }));
  await producer.send(PAYMENT_STATUS_TOPIC.name, messages);
}

function eventOf({ decision, refundedAt, refundSignature, traceparent }: ToReport): PaymentEvent {
  const { reason, ...payment } = decision;
  const fact = { ...payment, amount: parseMoney(decision.amount), traceparent };
  if (refundedAt !== undefined) {
    return paymentEvent({ ...fact, type: 'payment.refunded', time: refundedAt, signature: refundSignature });
  }
  return decision.outcome === 'completed'
    ? paymentEvent({ ...fact, type: 'payment.completed', time: decision.decidedAt })
    : paymentEvent({ ...fact, type: 'payment.declined', reason, time: decision.decidedAt });
}

import { ApplicationFailure } from '@temporalio/common';
import {
  CLOUD_EVENT_CONTENT_TYPE,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { toEvent, toFactPayload } from '#contracts/events/to-event.ts';
import type {
  AuthorizeWish,
  Cancellation,
  CancelPayload,
  CancelWish,
  CaptureWish,
  PaymentWish,
  RecordedFact,
  RefundWish,
  SignedDecision,
} from '#contracts/values/decision.ts';
import { parseMoney } from '#contracts/values/money/money.ts';
import { traceOf } from '#contracts/values/trace-context.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { Expiry, HoldToExpire, OrderToCancel, PaymentActivities, ToReport } from './activities.ts';
import { fromPayload, toCancellationPayload, toDecisionPayload } from './payloads.ts';

export interface PaymentActivityDependencies {
  /** Payments' own steps, on payments' own tables. */
  readonly debit: (wish: PaymentWish) => Promise<SignedDecision>;
  readonly authorize: (wish: AuthorizeWish) => Promise<RecordedFact[]>;
  readonly capture: (wish: CaptureWish) => Promise<RecordedFact[]>;
  readonly cancel: (wish: CancelWish) => Promise<RecordedFact[]>;
  /** As orders signed it before there were holds. */
  readonly cancelPayment: (wish: PaymentWish) => Promise<Cancellation>;
  readonly refund: (wish: RefundWish) => Promise<RecordedFact>;
  /** Orders' own: whether a hold has ended. With the wish that releases it, if it has. */
  readonly expire: (hold: HoldToExpire) => Promise<{ state: Expiry['state']; wish: CancelPayload | null }>;
  /** Whether an error of theirs says that it was not asked for, or cannot be. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Writes events to the topic. */
  readonly publish: (events: readonly PaymentEvent[]) => Promise<void>;
}

/** The activities, with what they depend on. Only their types reach the workflow. */
export function createPaymentActivities(deps: PaymentActivityDependencies): PaymentActivities {
  return {
    debit: async (order) => toDecisionPayload(await orRefuse(deps.debit(fromPayload(order)))),
    authorize: async (order) => {
      const { captureWithin } = order;
      const facts = await orRefuse(deps.authorize({ ...fromPayload(order), captureWithin }));
      return facts.map(toFactPayload);
    },
    capture: async ({ capture, ...order }) => {
      const { amount, requestedAt, signature } = capture;
      const wish = { capture: parseMoney(amount), requestedAt: new Date(requestedAt), signature };
      const facts = await orRefuse(deps.capture({ ...fromPayload(order), ...wish }));
      return facts.map(toFactPayload);
    },
    expire: async (hold) => {
      const { state, wish } = await orRefuse(deps.expire(hold));
      return state === 'expired' && wish
        ? { state, cancel: wish }
        : { state: state === 'early' ? state : 'asked' };
    },
    cancel,
    refund: async (order) => {
      const wish = { ...fromPayload(order), refundId: order.refundId, refund: parseMoney(order.refund) };
      return toFactPayload(await orRefuse(deps.refund(wish)));
    },
    report: async (report) => deps.publish([eventOf(report)]),
  };

  async function cancel({ cancel: wish, ...order }: OrderToCancel) {
    if (!wish) return toCancellationPayload(await orRefuse(deps.cancelPayment(fromPayload(order))));
    const { reason, signature } = wish;
    const refund = parseMoney(wish.refund);
    const facts = await orRefuse(deps.cancel({ ...fromPayload(order), reason, refund, signature }));
    const last = lastOf(facts, order.orderId);
    return { fact: toFactPayload(last) };
  }

  /** Another attempt of what orders did not ask for would be refused too: the workflow fails at once, and is seen. */
  async function orRefuse<Result>(step: Promise<Result>): Promise<Result> {
    try {
      return await step;
    } catch (error) {
      if (!deps.isRefusal(error)) throw error;
      const message = describeError(error);
      throw ApplicationFailure.create({ type: 'StepRefused', message, nonRetryable: true });
    }
  }
}

/**
 * Writes events to the topic. The consumers of an order read its events in turn. A tracer reads the trace from the headers of
 * a record, and knows nothing of CloudEvents.
 */
export async function publish(producer: MessageProducer, events: readonly PaymentEvent[]): Promise<void> {
  const messages = events.map((event) => ({
    key: event.subject,
    value: JSON.stringify(event),
    headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE, ...traceHeaders(event) },
  }));
  await producer.send(PAYMENT_STATUS_TOPIC.name, messages);
}

function traceHeaders({ traceparent, tracestate }: PaymentEvent): Partial<ReturnType<typeof traceOf>> {
  return traceparent === undefined ? {} : traceOf({ traceparent, tracestate });
}

/** What a cancel came to: its refund, if it made one, or else the last that payments did. */
function lastOf(facts: readonly RecordedFact[], orderId: string): RecordedFact {
  const last = facts.find(({ refundId }) => refundId === orderId) ?? facts.at(-1);
  if (!last) throw new Error('the database function returned nothing');
  return last;
}

function eventOf(report: ToReport): PaymentEvent {
  if ('fact' in report) return toEvent(report.fact, report);
  const { decision, refundedAt, refundSignature } = report;
  const { reason, ...payment } = decision;
  const fact = { ...payment, amount: parseMoney(decision.amount), ...traceOf(report) };
  if (refundedAt !== undefined) {
    return paymentEvent({ ...fact, type: 'payment.refunded', time: refundedAt, signature: refundSignature });
  }
  return decision.outcome === 'completed'
    ? paymentEvent({ ...fact, type: 'payment.completed', time: decision.decidedAt })
    : paymentEvent({ ...fact, type: 'payment.declined', reason, time: decision.decidedAt });
}

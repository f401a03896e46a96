import type {
  Cancellation,
  CancellationPayload,
  DecisionPayload,
  FactPayload,
  OrderPaymentPayload,
  PaymentWish,
  RecordedFact,
  SignedDecision,
} from '#contracts/values/decision.ts';
import { paymentEvent } from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { parseMoney } from '#contracts/values/money/money.ts';

// The border between Temporal's payloads and the code behind the activities.

/** Without a signature it becomes a wish that payments refuses. */
export function fromPayload(payload: OrderPaymentPayload): PaymentWish {
  const { orderId, userId, amount, currency, signature = '' } = payload;
  return { orderId, userId, amount: parseMoney(amount), currency, signature };
}

export function toDecisionPayload(decision: SignedDecision): DecisionPayload {
  const { outcome } = decision;
  if (outcome === 'authorized') throw new Error(`order ${decision.orderId} holds money: it is not debited`);
  return {
    orderId: decision.orderId,
    userId: decision.userId,
    amount: decision.amount.toString(),
    currency: decision.currency,
    outcome,
    ...(decision.reason && { reason: decision.reason }),
    decidedAt: decision.decidedAt.toISOString(),
    signature: decision.signature,
  };
}

export function toCancellationPayload(cancellation: Cancellation): CancellationPayload {
  const { decision, refundedAt, refundSignature } = cancellation;
  return {
    decision: toDecisionPayload(decision),
    ...(refundedAt && { refundedAt: refundedAt.toISOString() }),
    ...(refundSignature && { refundSignature }),
  };
}

export function toFactPayload(fact: RecordedFact): FactPayload {
  const { orderId, userId, currency, type, reason, captureBefore, refundId, signature } = fact;
  const { amountCaptured, refundAmount, amountRefunded } = fact;
  return {
    type,
    orderId,
    userId,
    amount: fact.amount.toString(),
    currency,
    ...(reason !== null && { reason }),
    ...(captureBefore !== null && { captureBefore: captureBefore.toISOString() }),
    ...(amountCaptured !== null && { amountCaptured: amountCaptured.toString() }),
    ...(refundId !== null && { refundId }),
    ...(refundAmount !== null && { refundAmount: refundAmount.toString() }),
    ...(amountRefunded !== null && { amountRefunded: amountRefunded.toString() }),
    time: fact.time.toISOString(),
    signature,
  };
}

/** The event that reports a fact. */
export function toEvent(fact: FactPayload, traceparent?: string): PaymentEvent {
  return paymentEvent({
    ...fact,
    amount: parseMoney(fact.amount),
    amountCaptured: fact.amountCaptured === undefined ? undefined : parseMoney(fact.amountCaptured),
    refundAmount: fact.refundAmount === undefined ? undefined : parseMoney(fact.refundAmount),
    amountRefunded: fact.amountRefunded === undefined ? undefined : parseMoney(fact.amountRefunded),
    traceparent,
  });
}

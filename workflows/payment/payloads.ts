import type {
  Cancellation,
  CancellationPayload,
  DecisionPayload,
  OrderPaymentPayload,
  PaymentWish,
  SignedDecision,
} from '#contracts/values/decision.ts';
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

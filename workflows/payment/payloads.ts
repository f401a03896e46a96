import type {
  Cancellation,
  CancellationPayload,
  Decision,
  DecisionPayload,
  OrderPayment,
  OrderPaymentPayload,
} from '#contracts/values/decision.ts';
import { parseMoney } from '#contracts/values/money/money.ts';

// The border between Temporal's payloads and the code behind the activities.

export function fromPayload({ orderId, userId, amount, currency }: OrderPaymentPayload): OrderPayment {
  return { orderId, userId, amount: parseMoney(amount), currency };
}

export function toDecisionPayload(decision: Decision): DecisionPayload {
  return {
    orderId: decision.orderId,
    userId: decision.userId,
    amount: decision.amount.toString(),
    currency: decision.currency,
    outcome: decision.outcome,
    ...(decision.reason && { reason: decision.reason }),
    decidedAt: decision.decidedAt.toISOString(),
  };
}

export function toCancellationPayload({ decision, refundedAt }: Cancellation): CancellationPayload {
  return {
    decision: toDecisionPayload(decision),
    ...(refundedAt && { refundedAt: refundedAt.toISOString() }),
  };
}

import type { FactPayload, RecordedFact } from '../values/decision.ts';
import { parseMoney } from '../values/money/money.ts';
import { traceOf } from '../values/trace-context.ts';
import type { TraceContext } from '../values/trace-context.ts';
import { paymentEvent } from './payment-events.ts';
import type { PaymentEvent } from './payment-events.ts';

/** A fact as Temporal's payloads have it. */
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
export function toEvent(fact: FactPayload, trace?: TraceContext): PaymentEvent {
  return paymentEvent({
    ...fact,
    amount: parseMoney(fact.amount),
    amountCaptured: fact.amountCaptured === undefined ? undefined : parseMoney(fact.amountCaptured),
    refundAmount: fact.refundAmount === undefined ? undefined : parseMoney(fact.refundAmount),
    amountRefunded: fact.amountRefunded === undefined ? undefined : parseMoney(fact.amountRefunded),
    ...(trace && traceOf(trace)),
  });
}

import { paymentEvent } from '#contracts/events/payment-events.ts';
import type { PaymentEvent, PaymentFact } from '#contracts/events/payment-events.ts';
import { eventMessage, wishMessage } from '#contracts/events/signed-messages.ts';
import type { WishDetails } from '#contracts/events/signed-messages.ts';
import type { OrderPayment, PaymentWish } from '#contracts/values/decision.ts';
import { sign } from '#platform/process/signing-keys.ts';

/** What orders would ask of payments, with its signature by this key. */
export function toWish<Kind extends keyof WishDetails>(
  kind: Kind,
  payment: OrderPayment,
  key: string,
  ...details: WishDetails[Kind] | []
): PaymentWish {
  return { ...payment, signature: sign(key, wishMessage(kind, payment, ...(details as WishDetails[Kind]))) };
}

/** The event by which payments would report a fact, with its signature by this key. */
export function toSignedEvent(fact: PaymentFact, key: string): PaymentEvent {
  const { type, reason } = fact;
  const hasReason = type === 'payment.declined' || type === 'payment.released';
  const signed = { ...fact, reason: hasReason ? reason : undefined };
  return paymentEvent({ ...fact, signature: sign(key, eventMessage(signed)) });
}

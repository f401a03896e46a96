import type { OrderPayment, PaymentWish } from '#contracts/values/decision.ts';
import { toWish } from '#tools/testbed/signing.ts';

/** The key of every scratch database. */
export const SIGNING_KEY = 'a-signing-key-for-tests-of-databases';

/** What orders would ask of payments: to pay an order. */
export function payWish(payment: OrderPayment): PaymentWish {
  return toWish('pay', payment, SIGNING_KEY);
}

/** What orders would ask of payments: to cancel an order's payment. */
export function cancelWish(payment: OrderPayment): PaymentWish {
  return toWish('cancel', payment, SIGNING_KEY);
}

import type {
  AuthorizeWish,
  CancelWish,
  CaptureWish,
  OrderPayment,
  PaymentWish,
  RefundWish,
} from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import type { CancellationReason } from '#contracts/values/order-status.ts';
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

/** That its money is reserved for so many s. */
export function authorizeWish(payment: OrderPayment, captureWithin = 60): AuthorizeWish {
  return { ...toWish('authorize', payment, SIGNING_KEY, captureWithin), captureWithin };
}

/** That a part of what is held is taken, as orders accepted at a time. */
export function captureWish(payment: OrderPayment, capture: bigint, requestedAt = new Date()): CaptureWish {
  return { ...toWish('capture', payment, SIGNING_KEY, capture, requestedAt.getTime()), capture, requestedAt };
}

/** That what is held is released, and so much refunded of what was taken. */
export function releaseWish(
  payment: OrderPayment,
  { reason = 'requested', refund = 0n }: { reason?: CancellationReason; refund?: bigint } = {},
): CancelWish {
  return { ...toWish('cancel', payment, SIGNING_KEY, reason, refund), reason, refund };
}

/** That a part of what was taken is refunded. */
export function refundWish(payment: OrderPayment, refund: bigint, refundId = newId()): RefundWish {
  return { ...toWish('refund', payment, SIGNING_KEY, refundId, refund), refundId, refund };
}

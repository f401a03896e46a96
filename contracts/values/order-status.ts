/** The order's status, with its number for clients of the earlier systems. */
export const ORDER_STATUS_CODES = {
  created: 0,
  paid: 1,
  failed: 2,
  cancelled: 3,
  refunded: 4,
  authorized: 5,
} as const;

export type OrderStatus = keyof typeof ORDER_STATUS_CODES;

export const ORDER_STATUSES = Object.keys(ORDER_STATUS_CODES) as OrderStatus[];

/** Whether an order is paid at once, or its money is reserved until a capture takes it. */
export const CAPTURE_METHODS = ['automatic', 'manual'] as const;

export type CaptureMethod = (typeof CAPTURE_METHODS)[number];

/** Why a payment was declined. It is stored with the decision and final for that order. */
export const DECLINE_REASONS = [
  'insufficient_funds',
  'account_not_found',
  'currency_mismatch',
  'cancelled',
] as const;

export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** Why a hold was released, and its order cancelled: on request, or because it was not captured in time. */
export const CANCELLATION_REASONS = ['requested', 'expired'] as const;

export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** What payments reports about an order. A hold is authorized, then captured or released. */
export const PAYMENT_EVENT_TYPES = [
  'payment.completed',
  'payment.authorized',
  'payment.declined',
  'payment.captured',
  'payment.released',
  'payment.refunded',
] as const;

export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];

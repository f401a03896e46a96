/** The order's status, with its number for clients of the earlier systems. */
export const ORDER_STATUS_CODES = {
  created: 0,
  paid: 1,
  failed: 2,
  cancelled: 3,
  refunded: 4,
} as const;

export type OrderStatus = keyof typeof ORDER_STATUS_CODES;

export const ORDER_STATUSES = Object.keys(ORDER_STATUS_CODES) as OrderStatus[];

/** Why a payment was declined. It is stored with the decision and final for that order. */
export const DECLINE_REASONS = [
  'insufficient_funds',
  'account_not_found',
  'currency_mismatch',
  'cancelled',
] as const;

export type DeclineReason = (typeof DECLINE_REASONS)[number];

/**
 * How far an order's payment has progressed. A payment event carries the rank that it leads to, and is applied only to an
 * order of a lower rank: two workflows publish events, so a refund may arrive before the decision that it reverses.
 */
export const RANK = { undecided: 0, decision: 1, refund: 2 } as const;

export const EVENT_RANKS = {
  'payment.completed': RANK.decision,
  'payment.declined': RANK.decision,
  'payment.refunded': RANK.refund,
} as const;

export type PaymentEventType = keyof typeof EVENT_RANKS;

/** The status that a payment event leads to, from any status of a lower rank. */
export function statusAfter(event: {
  type: PaymentEventType;
  reason?: DeclineReason | undefined;
}): OrderStatus {
  if (event.type === 'payment.completed') return 'paid';
  if (event.type === 'payment.refunded') return 'refunded';
  return event.reason === 'cancelled' ? 'cancelled' : 'failed';
}

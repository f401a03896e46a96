import type { PaymentEventType } from '#contracts/values/order-status.ts';

/**
 * Findings that only a person may repair: order, decision and ledger disagree about money, or about the status that the
 * customer saw.
 */
export const CONTRADICTIONS = [
  'order_unknown',
  'decision_missing',
  'wrong_status',
  'wrong_amount',
  'wrong_account',
  'debit_missing',
  'double_debit',
  'debit_of_declined',
  'refund_mismatch',
  'cancel_unasked',
] as const;

export interface Contradiction {
  readonly kind: (typeof CONTRADICTIONS)[number];
  readonly detail: string;
}

/** An event that should have reached the order by now. */
export interface LostEvent {
  readonly type: PaymentEventType;
  /** When the decision or the refund that it reports was made. */
  readonly at: Date;
}

/**
 * What the comparison of one order found. A `waiting` order is decided, or hears of its decision, without
 * reconciliation.
 */
export type ComparisonResult =
  | { readonly kind: 'ok' | 'waiting' }
  | { readonly kind: 'event_lost'; readonly detail: string; readonly events: readonly LostEvent[] }
  | Contradiction;

import type { Fact } from './payment-facts.ts';

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
  'hold_mismatch',
  'double_refund',
  'refund_mismatch',
  'refund_above_captured',
  'cancel_unasked',
  'capture_unasked',
  'refund_unasked',
] as const;

export interface Contradiction {
  readonly kind: (typeof CONTRADICTIONS)[number];
  readonly detail: string;
}

/**
 * What the comparison of one order found. A `waiting` order is decided, or hears of its decision, without
 * reconciliation.
 */
export type ComparisonResult =
  | { readonly kind: 'ok' | 'waiting' }
  /** `events`: of what payments did, and the order should have heard by now. */
  | { readonly kind: 'event_lost'; readonly detail: string; readonly events: readonly Fact[] }
  | Contradiction;

import type { PaymentEventType } from '#contracts/values/order-status.ts';

/** What only a person may mend: the systems contradict each other, about money or about what the customer was told. */
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
] as const;

export interface Contradiction {
  readonly kind: (typeof CONTRADICTIONS)[number];
  readonly detail: string;
}

/** An event that should have reached the order by now: of this type, about what happened at this time. */
export interface LostEvent {
  readonly type: PaymentEventType;
  readonly at: Date;
}

/** What the comparison of one order found. `waiting` is what comes about by itself, or by the sweep. */
export type Verdict =
  | { readonly kind: 'ok' | 'waiting' }
  | { readonly kind: 'event_lost'; readonly detail: string; readonly events: readonly LostEvent[] }
  | Contradiction;

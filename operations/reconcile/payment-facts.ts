import type { PaymentEventType } from '#contracts/values/order-status.ts';
import type { PaymentToCompare } from './payments.queries.ts';

/** One thing that payments did about an order, and reports to it. */
export interface Fact {
  readonly type: PaymentEventType;
  /** Of a refund; null otherwise. */
  readonly refundId: string | null;
  readonly at: Date;
}

/** All that payments did about an order: its decision, the end of its hold, its refunds. */
export function factsOf({ outcome, decidedAt, hold, refunds }: PaymentToCompare): Fact[] {
  return [
    { type: `payment.${outcome}`, refundId: null, at: decidedAt },
    ...(hold?.closedAt
      ? [
          {
            type: hold.captured ? 'payment.captured' : 'payment.released',
            refundId: null,
            at: hold.closedAt,
          } as const,
        ]
      : []),
    ...refunds.map(
      ({ refundId, refundedAt }) => ({ type: 'payment.refunded', refundId, at: refundedAt }) as const,
    ),
  ];
}

/** What was taken for an order: by its debit, or of its hold. */
export function capturedOf({ outcome, amount, hold }: PaymentToCompare): bigint {
  if (outcome === 'completed') return amount;
  return outcome === 'authorized' ? (hold?.captured ?? 0n) : 0n;
}

export function sumOf(rows: readonly { readonly amount: bigint }[]): bigint {
  return rows.reduce((sum, { amount }) => sum + amount, 0n);
}

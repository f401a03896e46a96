/** What must always be true, by its number in docs/reliability.md. */
export const INVARIANTS = {
  I1: 'A balance is its credits less its debits, and never negative',
  I2: 'Every transfer sums to zero',
  I3: 'An order is debited once at most, and refunded once at most',
  I4: 'A debit is of the order’s amount, from its customer’s account; a refund is of what was debited',
  I5: 'Order status = decision = ledger',
  I6: 'An order is decided once',
  I7: 'No order and no cancel stays undecided',
  I8: 'A request that is answered 4xx leaves no trace',
  I9: 'There is one order for each idempotency key',
  I10: 'The outbox drains',
  I11: 'Nothing is a dead letter that could have been applied',
  I12: 'Nobody sees another user’s data',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

/** What the audit checks. I8, I9 and I12 are about requests, and the audit makes none. */
export const AUDITED_INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I10', 'I11'] as const;

export type AuditedInvariantId = (typeof AUDITED_INVARIANTS)[number];

/** What must always be true, by its number in docs/reliability.md. */
export const INVARIANTS = {
  I1: 'A balance and what is held are credits less debits, and never negative',
  I2: 'Every transfer sums to zero',
  I3: 'An order is debited or held once at most, and each of its refunds is made once',
  I4: 'A debit or hold is of the order’s amount, from its customer’s account; a refund goes back there',
  I5: 'Order status = what payments decided and did = ledger',
  I6: 'An order is decided once',
  I7: 'No order stays undecided, and no capture, cancel or refund unfinished',
  I8: 'A request that is answered 4xx leaves no trace',
  I9: 'There is one order for each idempotency key',
  I10: 'The outbox drains',
  I11: 'Nothing is a dead letter that could have been applied',
  I12: 'Nobody sees another user’s data',
  I13: 'What is held of an account is the sum of its live holds, and never negative',
  I14: 'A closed hold is captured and released in full, and captured once at most',
  I15: 'The refunds of an order are together at most what was captured',
  I16: 'No hold is live 60 s after its end, while all is well',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

/** What the audit checks. I8, I9 and I12 are about requests, and the audit makes none. */
export const AUDITED_INVARIANTS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I10',
  'I11',
  'I13',
  'I14',
  'I15',
  'I16',
] as const;

export type AuditedInvariantId = (typeof AUDITED_INVARIANTS)[number];

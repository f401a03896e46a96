import type { Decision } from '#contracts/values/decision.ts';
import type { Contradiction } from './comparison-result.ts';
import type { OrderToCompare, PostingToCompare } from './reconcile.queries.ts';

/** Whether a decision has the customer, the amount and the currency of its order. */
export function compareAmounts(order: OrderToCompare, decision: Decision): Contradiction | undefined {
  if (decision.userId !== order.userId) {
    const detail = `the order is of ${order.userId}, and was decided for ${decision.userId}`;
    return { kind: 'wrong_account', detail };
  }
  if (decision.amount === order.amount && decision.currency === order.currency) return undefined;
  const asked = `${order.amount} ${order.currency}`;
  const detail = `the order is over ${asked}, and was decided over ${decision.amount} ${decision.currency}`;
  return { kind: 'wrong_amount', detail };
}

/** Whether the ledger agrees with a decision: one debit of its amount and at most one refund of it, or nothing. */
export function compareLedger(
  decision: Decision,
  postings: readonly PostingToCompare[],
): Contradiction | undefined {
  const foreign = postings.find(({ userId }) => userId !== decision.userId);
  if (foreign) return { kind: 'wrong_account', detail: `money of ${foreign.userId} moved` };
  if (decision.outcome === 'completed') {
    return compareDebit(decision, postings) ?? compareRefund(decision, postings);
  }
  if (postings.length === 0) return undefined;
  return { kind: 'debit_of_declined', detail: `declined, and has ${postings.length} postings` };
}

function compareDebit(
  { amount }: Decision,
  postings: readonly PostingToCompare[],
): Contradiction | undefined {
  const { count, customer, others } = sumOf(postings, 'debit');
  if (count === 0) return { kind: 'debit_missing', detail: 'completed, and nothing was debited' };
  if (count > 1) return { kind: 'double_debit', detail: `debited ${count} times` };
  if (customer === -amount && others === amount) return undefined;
  return { kind: 'wrong_amount', detail: `${-customer} was debited of ${amount}, and sales got ${others}` };
}

function compareRefund(
  { amount }: Decision,
  postings: readonly PostingToCompare[],
): Contradiction | undefined {
  const { count, customer, others } = sumOf(postings, 'refund');
  if (count === 0 && others === 0n) return undefined;
  if (count === 1 && customer === amount && others === -amount) return undefined;
  const detail = `${amount} was debited, ${customer} refunded in ${count} postings, and sales gave ${-others}`;
  return { kind: 'refund_mismatch', detail };
}

/** Of one kind of posting: how many the customer has, their sum, and the sum of the other side. */
function sumOf(postings: readonly PostingToCompare[], kind: 'debit' | 'refund') {
  const sum = (rows: readonly PostingToCompare[]) => rows.reduce((total, { amount }) => total + amount, 0n);
  const ofKind = postings.filter((posting) => posting.kind === kind);
  const customer = ofKind.filter(({ account }) => account === 'customer');
  const others = ofKind.filter(({ account }) => account !== 'customer');
  return { count: customer.length, customer: sum(customer), others: sum(others) };
}

import type { Decision } from '#contracts/values/decision.ts';
import type { PostingAccount, PostingKind } from '#contracts/values/postings.ts';
import type { Contradiction } from './comparison-result.ts';
import { capturedOf, sumOf } from './payment-facts.ts';
import type { PaymentToCompare, PostingToCompare } from './payments.queries.ts';
import type { OrderToCompare } from './reconcile.queries.ts';

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

/**
 * Whether the ledger agrees with what payments did: one debit of the amount, or one hold of it with what it was closed by,
 * and the refunds; or nothing, of a decline.
 */
export function compareLedger(payment: PaymentToCompare): Contradiction | undefined {
  const { userId, outcome, hold, refunds, postings } = payment;
  const foreign = [...postings, ...refunds, ...(hold ? [hold] : [])].find((row) => row.userId !== userId);
  if (foreign) return { kind: 'wrong_account', detail: `money of ${foreign.userId} moved` };
  if (outcome !== 'declined') {
    const step = outcome === 'completed' ? 'debit' : 'hold';
    return compareTaken(payment, step) ?? compareHold(payment) ?? compareRefunds(payment);
  }
  if (postings.length > 0) {
    return { kind: 'debit_of_declined', detail: `declined, and has ${postings.length} postings` };
  }
  return hold || refunds.length > 0
    ? { kind: 'debit_of_declined', detail: `declined, and has ${hold ? 'a hold' : 'a refund'}` }
    : undefined;
}

/** What each step takes from the customer, or gives back: from which account to which. */
const SIDES = {
  debit: ['customer', 'sales'],
  hold: ['customer', 'held'],
  capture: ['held', 'sales'],
  release: ['held', 'customer'],
  refund: ['sales', 'customer'],
} as const satisfies Partial<Record<PostingKind, readonly [from: PostingAccount, to: PostingAccount]>>;

type Step = keyof typeof SIDES;

/** How often the customer's money was taken or given back by a step, and how much each account got by it. */
interface Moved {
  readonly times: number;
  readonly isExactly: (amount: bigint) => boolean;
  readonly inWords: string;
}

function moved(postings: readonly PostingToCompare[], step: Step): Moved {
  const [from, to] = SIDES[step];
  const given = postings.filter(({ account }) => account === from);
  const taken = postings.filter(({ account }) => account === to);
  const elsewhere = postings.length - given.length - taken.length;
  return {
    times: Math.max(given.length, taken.length),
    isExactly: (amount) =>
      amount === 0n
        ? postings.length === 0
        : elsewhere === 0 &&
          given.length === 1 &&
          taken.length === 1 &&
          sumOf(given) === -amount &&
          sumOf(taken) === amount,
    inWords: `${from} gave ${-sumOf(given)}, and ${to} got ${sumOf(taken)}`,
  };
}

const ofKind = (postings: readonly PostingToCompare[], kind: Step) =>
  postings.filter((posting) => posting.kind === kind);

function compareTaken(
  { amount, outcome, postings }: PaymentToCompare,
  step: 'debit' | 'hold',
): Contradiction | undefined {
  const word = step === 'debit' ? 'debited' : 'held';
  const other = step === 'debit' ? 'hold' : 'debit';
  const { times, isExactly, inWords } = moved(ofKind(postings, step), step);
  if (times === 0) return { kind: 'debit_missing', detail: `${outcome}, and nothing was ${word}` };
  if (times > 1) return { kind: 'double_debit', detail: `${word} ${times} times` };
  if (ofKind(postings, other).length > 0) {
    return { kind: 'double_debit', detail: `there is a ${step}, and a ${other} too` };
  }
  return isExactly(amount)
    ? undefined
    : { kind: 'wrong_amount', detail: `${amount} was to be ${word}: ${inWords}` };
}

/** A live hold has no more postings. Of a closed one, what was captured and what was released are all of it. */
function compareHold({ amount, outcome, hold, postings }: PaymentToCompare): Contradiction | undefined {
  const mismatch = (detail: string) => ({ kind: 'hold_mismatch', detail }) as const;
  if (outcome === 'authorized' && !hold) return mismatch('authorized, and there is no hold');
  if (outcome !== 'authorized' && hold) return mismatch(`${outcome}, and there is a hold`);
  if (hold && hold.amount !== amount) return mismatch(`${hold.amount} is held of ${amount}`);
  const captured = hold?.captured ?? 0n;
  const expected = { capture: captured, release: hold?.closedAt ? hold.amount - captured : 0n };
  for (const step of ['capture', 'release'] as const) {
    const { times, isExactly, inWords } = moved(ofKind(postings, step), step);
    if (times > 1) return mismatch(`the ledger has ${times} postings of kind ${step} to one account`);
    if (!isExactly(expected[step])) {
      const state = hold?.closedAt ? 'closed' : 'live';
      const what = hold
        ? `of the ${state} hold ${expected[step]} is the ${step}`
        : `there is no hold to ${step}`;
      return mismatch(`${what}: ${inWords}`);
    }
  }
  return undefined;
}

function compareRefunds(payment: PaymentToCompare): Contradiction | undefined {
  const { orderId, refunds, postings } = payment;
  // The refund of a cancel has the order's id. Its postings from before there were refunds in parts have none.
  const byRefund = Map.groupBy(ofKind(postings, 'refund'), ({ refundId }) => refundId ?? orderId);
  for (const [refundId, ofRefund] of byRefund) {
    const { times } = moved(ofRefund, 'refund');
    if (times > 1) return { kind: 'double_refund', detail: `refund ${refundId} was made ${times} times` };
  }
  const captured = capturedOf(payment);
  const returned = sumOf([...byRefund.values()].flat().filter(({ account }) => account === 'customer'));
  const refunded = sumOf(refunds);
  if (refunded > captured || returned > captured) {
    const most = refunded > returned ? refunded : returned;
    return { kind: 'refund_above_captured', detail: `${captured} was captured, and ${most} refunded` };
  }
  let total = 0n;
  for (const refund of refunds) {
    total += refund.amount;
    const { isExactly, inWords } = moved(byRefund.get(refund.refundId) ?? [], 'refund');
    byRefund.delete(refund.refundId);
    const detail = `refund ${refund.refundId} is of ${refund.amount}, of ${refund.total} by then: ${inWords}`;
    if (!isExactly(refund.amount) || refund.total !== total) return { kind: 'refund_mismatch', detail };
  }
  const [unknown] = byRefund.keys();
  return unknown === undefined
    ? undefined
    : { kind: 'refund_mismatch', detail: `the ledger has a refund ${unknown} that payments did not record` };
}

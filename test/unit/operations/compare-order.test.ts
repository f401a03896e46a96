import assert from 'node:assert/strict';
import type { Decision } from '#contracts/values/decision.ts';
import { compareOrder } from '#operations/reconcile/compare-order.ts';
import type { OrderToCompare, PostingToCompare } from '#operations/reconcile/reconcile.queries.ts';

const orderId = '0198c4a5-7e1b-7abc-8def-0123456789ab';
const userId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const otherUserId = '7d444840-9dc0-11d1-b245-5ffdce74fad2';
const early = new Date('2026-03-01T12:00:00Z');
const late = new Date('2026-03-01T13:00:00Z');
const now = new Date('2026-03-01T14:00:00Z');

const created: OrderToCompare = {
  orderId,
  userId,
  amount: 1250n,
  currency: 'EUR',
  status: 'created',
  statusRank: 0,
  failureReason: null,
  cancelRequestedAt: early,
};
const paid: OrderToCompare = { ...created, status: 'paid', statusRank: 1 };
const failed: OrderToCompare = {
  ...created,
  status: 'failed',
  statusRank: 1,
  failureReason: 'insufficient_funds',
};
const cancelled: OrderToCompare = { ...created, status: 'cancelled', statusRank: 1 };
const refunded: OrderToCompare = { ...created, status: 'refunded', statusRank: 2 };

const completed: Decision = {
  orderId,
  userId,
  amount: 1250n,
  currency: 'EUR',
  outcome: 'completed',
  reason: null,
  decidedAt: early,
};
const declined: Decision = { ...completed, outcome: 'declined', reason: 'insufficient_funds' };
const givenUp: Decision = { ...completed, outcome: 'declined', reason: 'cancelled' };

function transfer(kind: PostingToCompare['kind'], amount: bigint, createdAt: Date): PostingToCompare[] {
  const posting = { orderId, kind, userId, createdAt };
  return [
    { ...posting, account: 'customer', amount },
    { ...posting, account: 'sales', amount: -amount },
  ];
}
const debit = transfer('debit', -1250n, early);
const refund = transfer('refund', 1250n, late);

const compare = (
  order: OrderToCompare | undefined,
  decision: Decision | undefined,
  postings: readonly PostingToCompare[] = [],
  grace = 60_000,
) => compareOrder(order, decision, postings, { now, grace });

describe('the comparison of an order with its decision and the ledger', () => {
  it('is ok when all three agree', () => {
    assert.deepEqual(compare(paid, completed, debit), { kind: 'ok' });
    assert.deepEqual(compare(failed, declined), { kind: 'ok' });
    assert.deepEqual(compare(cancelled, givenUp), { kind: 'ok' });
    assert.deepEqual(compare(refunded, completed, [...debit, ...refund]), { kind: 'ok' });
  });

  it('is waiting while nothing is decided, which the sweep repairs', () => {
    assert.deepEqual(compare(created, undefined), { kind: 'waiting' });
  });

  it('is waiting while the event may be under way', () => {
    const grace = now.getTime() - early.getTime() + 1;
    assert.deepEqual(compare(created, completed, debit, grace), { kind: 'waiting' });
    const unasked = { ...paid, cancelRequestedAt: null };
    assert.deepEqual(compare(unasked, completed, [...debit, ...refund], grace), { kind: 'waiting' });
    assert.deepEqual(compare(created, completed, [...debit, ...refund], grace), { kind: 'waiting' });
  });

  it('finds lost events: those of a higher rank than the order’s, oldest first', () => {
    const both = [...debit, ...refund];
    assert.deepEqual(compare(created, declined), {
      kind: 'event_lost',
      detail: 'the order is created, and lacks payment.declined',
      events: [{ type: 'payment.declined', at: early }],
    });
    assert.deepEqual(compare(created, completed, both), {
      kind: 'event_lost',
      detail: 'the order is created, and lacks payment.completed and payment.refunded',
      events: [
        { type: 'payment.completed', at: early },
        { type: 'payment.refunded', at: late },
      ],
    });
    assert.deepEqual(compare(paid, completed, both), {
      kind: 'event_lost',
      detail: 'the order is paid, and lacks payment.refunded',
      events: [{ type: 'payment.refunded', at: late }],
    });
  });

  const contradictions: [title: string, kind: string, ...Parameters<typeof compare>][] = [
    ['a decision without an order', 'order_unknown', undefined, completed, debit],
    ['an order that is paid without a decision', 'decision_missing', paid, undefined],
    ['money that moved without a decision', 'decision_missing', created, undefined, debit],
    ['an order that is paid and was declined', 'wrong_status', paid, declined],
    ['an order that failed and was paid', 'wrong_status', failed, completed, debit],
    ['an order that failed and was refunded', 'wrong_status', failed, completed, [...debit, ...refund]],
    [
      'a failure reason other than the decision’s',
      'wrong_status',
      failed,
      { ...declined, reason: 'account_not_found' },
    ],
    ['a cancel that the order shows as a failure', 'wrong_status', failed, givenUp],
    ['an order that is refunded without a refund', 'wrong_status', refunded, completed, debit],
    ['a decision about another amount', 'wrong_amount', paid, { ...completed, amount: 1251n }, debit],
    ['a decision about another currency', 'wrong_amount', paid, { ...completed, currency: 'USD' }, debit],
    ['a debit of a smaller amount', 'wrong_amount', paid, completed, transfer('debit', -1249n, early)],
    ['money that sales did not get', 'wrong_amount', paid, completed, debit.slice(0, 1)],
    ['a decision for another customer', 'wrong_account', paid, { ...completed, userId: otherUserId }, debit],
    [
      'a debit from another account',
      'wrong_account',
      paid,
      completed,
      debit.map((posting) => ({ ...posting, userId: otherUserId })),
    ],
    ['a missing debit', 'debit_missing', paid, completed],
    ['two debits', 'double_debit', paid, completed, [...debit, ...debit]],
    ['a debit after a decline', 'debit_of_declined', failed, declined, debit],
    ['two refunds', 'refund_mismatch', refunded, completed, [...debit, ...refund, ...refund]],
    [
      'a refund of a larger amount than the debit',
      'refund_mismatch',
      refunded,
      completed,
      [...debit, ...transfer('refund', 1251n, late)],
    ],
    [
      'a refund that sales did not give',
      'refund_mismatch',
      paid,
      completed,
      [...debit, ...refund.slice(0, 1)],
    ],
  ];
  for (const [title, kind, ...given] of contradictions) {
    it(`finds ${kind} for ${title}, also while events are under way`, () => {
      const result = compare(...given);
      assert.equal(result.kind, kind);
      assert.ok('detail' in result && result.detail.length > 0);
      const [order, decision, postings] = given;
      assert.deepEqual(compare(order, decision, postings, 1e9), result);
    });
  }

  const unasked: [string, OrderToCompare, Decision, PostingToCompare[], string][] = [
    ['a refund', refunded, completed, [...debit, ...refund], 'refunded it'],
    ['a refund that the order has not heard of', paid, completed, [...debit, ...refund], 'refunded it'],
    ['a cancelled payment', cancelled, givenUp, [], 'cancelled the payment'],
  ];
  for (const [title, order, decision, postings, what] of unasked) {
    it(`finds cancel_unasked for ${title} that nobody asked for`, () => {
      assert.deepEqual(compare({ ...order, cancelRequestedAt: null }, decision, postings), {
        kind: 'cancel_unasked',
        detail: `payments ${what}, and nobody asked to cancel the order`,
      });
    });
  }
});

import assert from 'node:assert/strict';
import { compareOrder } from '#operations/reconcile/compare-order.ts';
import type {
  HoldToCompare,
  PaymentToCompare,
  PostingToCompare,
  RefundToCompare,
} from '#operations/reconcile/payments.queries.ts';
import type { OrderRefund, OrderToCompare } from '#operations/reconcile/reconcile.queries.ts';

const orderId = '0198c4a5-7e1b-7abc-8def-0123456789ab';
const userId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const otherUserId = '7d444840-9dc0-11d1-b245-5ffdce74fad2';
const refundId = 'b7e23ec2-9af2-8b0b-8f43-5db31d9ecb57';
const early = new Date('2026-03-01T12:00:00Z');
const late = new Date('2026-03-01T13:00:00Z');
const later = new Date('2026-03-01T13:30:00Z');
const end = new Date('2026-03-01T13:45:00Z');
const now = new Date('2026-03-01T14:00:00Z');

const created: OrderToCompare = {
  orderId,
  userId,
  amount: 1250n,
  currency: 'EUR',
  status: 'created',
  failureReason: null,
  cancelRequestedAt: early,
  captureMethod: 'automatic',
  captureBefore: null,
  captureRequestedAt: null,
  captureRequested: null,
  amountCaptured: null,
  amountRefunded: 0n,
  cancellationReason: null,
  refunds: [],
};
const paid: OrderToCompare = { ...created, status: 'paid', amountCaptured: 1250n };
const failed: OrderToCompare = {
  ...created,
  status: 'failed',
  failureReason: 'insufficient_funds',
};
const cancelled: OrderToCompare = {
  ...created,
  status: 'cancelled',
  cancellationReason: 'requested',
};
const refunded: OrderToCompare = {
  ...paid,
  status: 'refunded',
  amountRefunded: 1250n,
  refunds: [{ refundId: orderId, amount: 1250n, isMade: true }],
};
/** As they are stored from before there were holds. */
const paidBefore: OrderToCompare = { ...paid, amountCaptured: null };
const refundedBefore: OrderToCompare = { ...refunded, amountCaptured: null, amountRefunded: 0n, refunds: [] };

const reserved: OrderToCompare = {
  ...created,
  status: 'authorized',
  captureMethod: 'manual',
  captureBefore: end,
  captureRequestedAt: late,
  captureRequested: 500n,
};
const takenInPart: OrderToCompare = { ...reserved, status: 'paid', amountCaptured: 500n };
const givenBackInPart: OrderToCompare = {
  ...takenInPart,
  amountRefunded: 200n,
  refunds: [{ refundId, amount: 200n, isMade: true }],
};
const expired: OrderToCompare = {
  ...reserved,
  status: 'cancelled',
  captureRequestedAt: null,
  captureRequested: null,
  cancellationReason: 'expired',
};

function transfer(
  kind: PostingToCompare['kind'],
  sides: Partial<Record<PostingToCompare['account'], bigint>>,
  ofRefund: string | null = null,
): PostingToCompare[] {
  return Object.entries(sides).map(([account, amount]) => ({
    kind,
    account: account as PostingToCompare['account'],
    userId,
    refundId: ofRefund,
    amount,
  }));
}
const debit = transfer('debit', { customer: -1250n, sales: 1250n });
const hold = transfer('hold', { customer: -1250n, held: 1250n });
const capture = transfer('capture', { held: -500n, sales: 500n });
const release = transfer('release', { held: -750n, customer: 750n });
const wholeRelease = transfer('release', { held: -1250n, customer: 1250n });
const refund = transfer('refund', { customer: 1250n, sales: -1250n }, orderId);
const part = transfer('refund', { customer: 200n, sales: -200n }, refundId);

const completed: PaymentToCompare = {
  orderId,
  userId,
  amount: 1250n,
  currency: 'EUR',
  outcome: 'completed',
  reason: null,
  decidedAt: early,
  hold: null,
  refunds: [],
  postings: debit,
};
const declined: PaymentToCompare = {
  ...completed,
  outcome: 'declined',
  reason: 'insufficient_funds',
  postings: [],
};
const givenUp: PaymentToCompare = { ...declined, reason: 'cancelled' };
const wholeRefund: RefundToCompare = {
  refundId: orderId,
  userId,
  amount: 1250n,
  total: 1250n,
  refundedAt: later,
};
const returned: PaymentToCompare = {
  ...completed,
  refunds: [wholeRefund],
  postings: [...debit, ...refund],
};
const liveHold: HoldToCompare = {
  userId,
  amount: 1250n,
  captureBefore: end,
  closedAt: null,
  captured: null,
  releaseReason: null,
};
const held: PaymentToCompare = { ...completed, outcome: 'authorized', hold: liveHold, postings: hold };
const captured: PaymentToCompare = {
  ...held,
  hold: { ...liveHold, closedAt: late, captured: 500n },
  postings: [...hold, ...capture, ...release],
};
const partRefund: RefundToCompare = { refundId, userId, amount: 200n, total: 200n, refundedAt: later };
const refundedInPart: PaymentToCompare = {
  ...captured,
  refunds: [partRefund],
  postings: [...captured.postings, ...part],
};
const released: PaymentToCompare = {
  ...held,
  hold: { ...liveHold, closedAt: late, captured: 0n, releaseReason: 'expired' },
  postings: [...hold, ...wholeRelease],
};

const compare = (
  order: OrderToCompare | undefined,
  payment: PaymentToCompare | undefined,
  grace = 10 * 60_000,
) => compareOrder(order, payment, { now, grace });

describe('the comparison of an order with its payment and the ledger', () => {
  const agreeing: Record<string, [OrderToCompare, PaymentToCompare]> = {
    'a debit': [paid, completed],
    'a decline': [failed, declined],
    'a cancel before the debit': [cancelled, givenUp],
    'a refund of all': [refunded, returned],
    'a hold that waits': [{ ...reserved, captureRequestedAt: null, captureRequested: null }, held],
    'a capture that is under way': [reserved, held],
    'a capture of a part': [takenInPart, captured],
    'a capture of all': [
      { ...reserved, status: 'paid', captureRequested: 1250n, amountCaptured: 1250n },
      {
        ...held,
        hold: { ...liveHold, closedAt: late, captured: 1250n },
        postings: [...hold, ...transfer('capture', { held: -1250n, sales: 1250n })],
      },
    ],
    'a refund of a part': [givenBackInPart, refundedInPart],
    'a hold that expired': [expired, released],
    'a hold that it only knows by its release': [{ ...expired, captureBefore: null }, released],
    'a debit of before there were holds': [paidBefore, completed],
    'a refund of before there were holds': [
      refundedBefore,
      { ...returned, postings: returned.postings.map((posting) => ({ ...posting, refundId: null })) },
    ],
  };
  for (const [what, [order, payment]] of Object.entries(agreeing)) {
    it(`is ok when they agree on ${what}`, () => {
      assert.deepEqual(compare(order, payment), { kind: 'ok' });
    });
  }

  it('is waiting while nothing is decided, which the sweep repairs', () => {
    assert.deepEqual(compare(created, undefined), { kind: 'waiting' });
  });

  it('is waiting while an event may be under way', () => {
    const grace = now.getTime() - early.getTime() + 1;
    const unasked = {
      cancelRequestedAt: null,
      captureRequestedAt: null,
      captureRequested: null,
      refunds: [],
    };
    assert.deepEqual(compare(created, completed, grace), { kind: 'waiting' });
    assert.deepEqual(compare(created, returned, grace), { kind: 'waiting' });
    assert.deepEqual(compare({ ...paid, ...unasked }, returned, grace), { kind: 'waiting' });
    assert.deepEqual(compare({ ...reserved, ...unasked }, captured, grace), { kind: 'waiting' });
    assert.deepEqual(compare({ ...reserved, ...unasked }, released, grace), { kind: 'waiting' });
    assert.deepEqual(compare({ ...takenInPart, refunds: [] }, refundedInPart, grace), { kind: 'waiting' });
  });

  const asked: OrderRefund = { refundId, amount: 200n, isMade: false };
  const lost: [OrderToCompare, PaymentToCompare, ...string[]][] = [
    [created, declined, 'payment.declined'],
    [created, returned, 'payment.completed', 'payment.refunded'],
    [paid, returned, 'payment.refunded'],
    [{ ...reserved, status: 'created', captureBefore: null }, held, 'payment.authorized'],
    [reserved, captured, 'payment.captured'],
    [{ ...reserved, captureRequestedAt: null, captureRequested: null }, released, 'payment.released'],
    [{ ...takenInPart, refunds: [asked] }, refundedInPart, 'payment.refunded'],
    [
      { ...reserved, status: 'created', captureBefore: null, refunds: [asked] },
      refundedInPart,
      'payment.authorized',
      'payment.captured',
      'payment.refunded',
    ],
  ];
  for (const [order, payment, ...types] of lost) {
    it(`finds ${types.join(', ')} lost for an order that is ${order.status}`, () => {
      const result = compare(order, payment);
      assert.equal(result.kind, 'event_lost');
      assert.ok(result.kind === 'event_lost');
      assert.equal(result.detail, `the order is ${order.status}, and lacks ${types.join(' and ')}`);
      assert.deepEqual(
        result.events.map(({ type }) => type),
        types,
      );
    });
  }

  it('names the lost refund, and when it was made', () => {
    const second = { refundId: orderId, userId, amount: 300n, total: 500n, refundedAt: end };
    const result = compare(
      { ...givenBackInPart },
      {
        ...refundedInPart,
        refunds: [partRefund, second],
        postings: [
          ...refundedInPart.postings,
          ...transfer('refund', { customer: 300n, sales: -300n }, orderId),
        ],
      },
    );
    assert.deepEqual(result, {
      kind: 'event_lost',
      detail: 'the order is paid, and lacks payment.refunded',
      events: [{ type: 'payment.refunded', refundId: orderId, at: end }],
    });
  });

  const withHold = (change: Partial<HoldToCompare>): PaymentToCompare => ({
    ...captured,
    hold: { ...liveHold, closedAt: late, captured: 500n, ...change },
  });
  const withPostings = (payment: PaymentToCompare, ...postings: PostingToCompare[][]): PaymentToCompare => ({
    ...payment,
    postings: postings.flat(),
  });
  const withRefund = (change: Partial<RefundToCompare>): PaymentToCompare => ({
    ...refundedInPart,
    refunds: [{ ...partRefund, ...change }],
  });
  const contradictions: [title: string, kind: string, ...Parameters<typeof compare>][] = [
    ['a payment without an order', 'order_unknown', undefined, completed],
    ['a hold without an order', 'order_unknown', undefined, held],
    ['an order that is paid without a decision', 'decision_missing', paid, undefined],
    ['an order that is paid and was declined', 'wrong_status', paid, declined],
    ['an order that failed and was paid', 'wrong_status', failed, completed],
    ['an order that failed and was refunded', 'wrong_status', failed, returned],
    [
      'a failure reason other than the decision’s',
      'wrong_status',
      failed,
      { ...declined, reason: 'account_not_found' },
    ],
    ['a cancel that the order shows as a failure', 'wrong_status', failed, givenUp],
    ['an order that is refunded without a refund', 'wrong_status', refunded, completed],
    ['an order that is paid while the money is held', 'wrong_status', takenInPart, held],
    ['an order that was captured and is cancelled', 'wrong_status', expired, captured],
    ['an order that was released and is paid', 'wrong_status', takenInPart, released],
    ['an order that is reserved and was declined', 'wrong_status', reserved, declined],
    [
      'another reason of a release',
      'wrong_status',
      { ...expired, cancellationReason: 'requested' },
      released,
    ],
    [
      'another captured amount',
      'wrong_status',
      { ...takenInPart, amountCaptured: 501n, captureRequested: 501n },
      captured,
    ],
    ['another refunded amount', 'wrong_status', { ...givenBackInPart, amountRefunded: 201n }, refundedInPart],
    ['a refund in part that payments did not make', 'wrong_status', givenBackInPart, captured],
    [
      'a refund that the order counts and did not hear of',
      'wrong_status',
      { ...givenBackInPart, refunds: [asked] },
      refundedInPart,
    ],
    [
      'an order that is refunded in part and says refunded',
      'wrong_status',
      { ...givenBackInPart, status: 'refunded' },
      refundedInPart,
    ],
    ['another end of the hold', 'wrong_status', { ...reserved, captureBefore: late }, held],
    ['a decision about another amount', 'wrong_amount', paid, { ...completed, amount: 1251n }],
    ['a decision about another currency', 'wrong_amount', paid, { ...completed, currency: 'USD' }],
    [
      'a debit of a smaller amount',
      'wrong_amount',
      paid,
      withPostings(completed, transfer('debit', { customer: -1249n, sales: 1249n })),
    ],
    ['money that sales did not get', 'wrong_amount', paid, withPostings(completed, debit.slice(0, 1))],
    [
      'a hold of a smaller amount',
      'wrong_amount',
      reserved,
      withPostings(held, transfer('hold', { customer: -1249n, held: 1249n })),
    ],
    [
      'a hold that went to sales',
      'wrong_amount',
      reserved,
      withPostings(held, transfer('hold', { customer: -1250n, sales: 1250n })),
    ],
    ['a decision for another customer', 'wrong_account', paid, { ...completed, userId: otherUserId }],
    [
      'a debit from another account',
      'wrong_account',
      paid,
      withPostings(
        completed,
        debit.map((posting) => ({ ...posting, userId: otherUserId })),
      ),
    ],
    ['a hold of another account', 'wrong_account', takenInPart, withHold({ userId: otherUserId })],
    ['a refund to another account', 'wrong_account', givenBackInPart, withRefund({ userId: otherUserId })],
    ['a missing debit', 'debit_missing', paid, withPostings(completed)],
    ['a hold that took nothing', 'debit_missing', reserved, withPostings(held)],
    ['two debits', 'double_debit', paid, withPostings(completed, debit, debit)],
    ['two holds', 'double_debit', reserved, withPostings(held, hold, hold)],
    ['a debit and a hold', 'double_debit', paid, withPostings(completed, debit, hold)],
    ['a debit after a decline', 'debit_of_declined', failed, withPostings(declined, debit)],
    ['a hold after a decline', 'debit_of_declined', failed, { ...declined, hold: liveHold }],
    ['a refund after a decline', 'debit_of_declined', failed, { ...declined, refunds: [wholeRefund] }],
    ['an authorization without a hold', 'hold_mismatch', reserved, { ...held, hold: null }],
    ['a debit with a hold', 'hold_mismatch', paid, { ...completed, hold: liveHold }],
    ['a hold of another amount', 'hold_mismatch', takenInPart, withHold({ amount: 1249n })],
    [
      'another captured amount than in the ledger',
      'hold_mismatch',
      takenInPart,
      withHold({ captured: 499n }),
    ],
    ['two captures', 'hold_mismatch', takenInPart, withPostings(captured, hold, capture, capture, release)],
    ['a rest that was not released', 'hold_mismatch', takenInPart, withPostings(captured, hold, capture)],
    [
      'a rest that was released in part',
      'hold_mismatch',
      takenInPart,
      withPostings(captured, hold, capture, transfer('release', { held: -749n, customer: 749n })),
    ],
    [
      'a capture above the hold',
      'hold_mismatch',
      takenInPart,
      withPostings(captured, hold, transfer('capture', { held: -1251n, sales: 1251n })),
    ],
    [
      'a release of all after a capture',
      'hold_mismatch',
      takenInPart,
      withPostings(captured, hold, capture, wholeRelease),
    ],
    ['a capture of a live hold', 'hold_mismatch', reserved, withPostings(held, hold, capture)],
    ['a release of a live hold', 'hold_mismatch', reserved, withPostings(held, hold, wholeRelease)],
    ['two releases', 'hold_mismatch', expired, withPostings(released, hold, wholeRelease, wholeRelease)],
    ['a release that never was', 'hold_mismatch', expired, withPostings(released, hold)],
    ['a capture without a hold', 'hold_mismatch', paid, withPostings(completed, debit, capture)],
    [
      'a refund that was made twice',
      'double_refund',
      refunded,
      withPostings(returned, debit, refund, refund),
    ],
    [
      'a refund of a larger amount than the debit',
      'refund_above_captured',
      refunded,
      withPostings(returned, debit, transfer('refund', { customer: 1251n, sales: -1251n }, orderId)),
    ],
    [
      'a refund of more than was captured',
      'refund_above_captured',
      givenBackInPart,
      {
        ...withRefund({ amount: 501n, total: 501n }),
        postings: [...captured.postings, ...transfer('refund', { customer: 501n, sales: -501n }, refundId)],
      },
    ],
    ['a refund of a live hold', 'refund_above_captured', reserved, { ...held, refunds: [partRefund] }],
    [
      'a refund that sales did not give',
      'refund_mismatch',
      refunded,
      withPostings(returned, debit, refund.slice(0, 1)),
    ],
    ['a refund without postings', 'refund_mismatch', refunded, withPostings(returned, debit)],
    [
      'another refunded amount than in the ledger',
      'refund_mismatch',
      givenBackInPart,
      withRefund({ amount: 199n }),
    ],
    ['a wrong total of refunds', 'refund_mismatch', givenBackInPart, withRefund({ total: 201n })],
    [
      'postings of a refund that was not recorded',
      'refund_mismatch',
      takenInPart,
      withPostings(captured, captured.postings as PostingToCompare[], part),
    ],
  ];
  for (const [title, kind, ...given] of contradictions) {
    it(`finds ${kind} for ${title}, also while events are under way`, () => {
      const result = compare(...given);
      assert.equal(result.kind, kind, JSON.stringify(result));
      assert.ok('detail' in result && result.detail.length > 0);
      const [order, payment] = given;
      assert.deepEqual(compare(order, payment, 1e9), result);
    });
  }

  const unasked: Record<string, [OrderToCompare, PaymentToCompare, string]> = {
    'a refund of all': [refunded, returned, 'payments refunded it'],
    'a refund that the order has not heard of': [paid, returned, 'payments refunded it'],
    'a cancelled payment': [cancelled, givenUp, 'payments cancelled the payment'],
    'a released hold': [expired, released, 'payments released the hold'],
  };
  for (const [title, [order, payment, what]] of Object.entries(unasked)) {
    it(`finds cancel_unasked for ${title} that nobody asked for`, () => {
      assert.deepEqual(compare({ ...order, cancelRequestedAt: null }, payment), {
        kind: 'cancel_unasked',
        detail: `${what}, and nobody asked to cancel the order`,
      });
    });
  }

  const captures: Record<string, [OrderToCompare, PaymentToCompare, RegExp]> = {
    'that nobody asked for': [
      { ...takenInPart, captureRequestedAt: null, captureRequested: null },
      captured,
      /captured 500, and nobody asked/,
    ],
    'that the order has not heard of': [
      { ...reserved, captureRequestedAt: null, captureRequested: null },
      captured,
      /captured 500, and nobody asked/,
    ],
    'of another amount than asked for': [
      { ...takenInPart, captureRequested: 400n },
      captured,
      /captured 500, and asked for was 400/,
    ],
    'that was asked for at the end of the hold': [
      { ...takenInPart, captureRequestedAt: end },
      captured,
      /asked for at 2026-03-01T13:45:00.000Z, after the end of the hold/,
    ],
    'at once, of an order that was to be reserved': [
      { ...paid, captureMethod: 'manual' },
      completed,
      /captured 1250, and nobody asked/,
    ],
  };
  for (const [title, [order, payment, detail]] of Object.entries(captures)) {
    it(`finds capture_unasked for a capture ${title}`, () => {
      const result = compare(order, payment);
      assert.equal(result.kind, 'capture_unasked');
      assert.match('detail' in result ? result.detail : '', detail);
    });
  }

  it('finds refund_unasked for a refund that nobody asked for, and for one of another amount', () => {
    for (const [refunds, wish] of [
      [[], 'nobody asked for it'],
      [[{ ...asked, amount: 100n }], 'asked for was 100'],
    ] as const) {
      assert.deepEqual(compare({ ...takenInPart, refunds }, refundedInPart), {
        kind: 'refund_unasked',
        detail: `payments refunded 200 as ${refundId}, and ${wish}`,
      });
    }
  });
});

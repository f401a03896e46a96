import assert from 'node:assert/strict';
import type { OrderPayment } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { cancelWish, payWish } from '#test/support/database/signing.ts';

const HOUR = 3_600_000;

/**
 * Orders was restored to before it placed an order, and the customer repeated the request: to payments it is an order whose
 * id has another time and the same end.
 */
describe('a payment of a request whose first order is gone', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const debit = async (payment: OrderPayment) => debitAccount(ledger.workflowsDb, payWish(payment));
  const cancel = async (payment: OrderPayment) => cancelPayment(ledger.workflowsDb, cancelWish(payment));
  const postingsOf = async (userId: string) =>
    (await ledger.postingsOf(userId))
      .filter(({ account, kind }) => account === 'customer' && kind !== 'top_up')
      .map(({ kind, orderId, amount }) => ({ kind, orderId, amount }));

  /** A customer with 100, and two orders of theirs for one request. */
  async function openRepeat({ later = HOUR, balance = 100n } = {}) {
    const userId = await ledger.openAccount(balance);
    const first = { orderId: newId(), userId, amount: 60n, currency: 'EUR' };
    return { userId, first, second: { ...first, orderId: repeatOf(first.orderId, later) } };
  }

  it('takes the place of the first one: charged once', async () => {
    const { userId, first, second } = await openRepeat();
    await debit(first);
    const decision = await debit(second);
    assert.equal(decision.outcome, 'completed');
    assert.equal(await ledger.balanceOf(userId), 40n);
    const moved = [
      { kind: 'debit', orderId: first.orderId, amount: -60n },
      { kind: 'refund', orderId: first.orderId, amount: 60n },
      { kind: 'debit', orderId: second.orderId, amount: -60n },
    ];
    assert.deepEqual(await postingsOf(userId), moved);
    assert.deepEqual([await debit(second), (await debit(first)).outcome], [decision, 'completed']);
    assert.deepEqual(await postingsOf(userId), moved);
  });

  it('is debited once of several repeats at the same moment', async () => {
    const { userId, first } = await openRepeat();
    const repeats = [1, 2, 3, 4, 5].map((hours) => ({
      ...first,
      orderId: repeatOf(first.orderId, hours * HOUR),
    }));
    await Promise.all([first, ...repeats].map(debit));
    assert.equal(await ledger.balanceOf(userId), 40n);
  });

  it('is declined as the first one was, although there is enough by now', async () => {
    const { userId, first, second } = await openRepeat({ balance: 10n });
    await debit(first);
    await topUpAccount(ledger.db, { userId, amount: 100n, idempotency: undefined });
    const { outcome, reason } = await debit(second);
    assert.deepEqual([outcome, reason], ['declined', 'insufficient_funds']);
    assert.equal(await ledger.balanceOf(userId), 110n);
  });

  it('is cancelled if the first one was refunded', async () => {
    const { userId, first, second } = await openRepeat();
    await debit(first);
    await cancel(first);
    const { outcome, reason } = await debit(second);
    assert.deepEqual([outcome, reason], ['declined', 'cancelled']);
    assert.equal(await ledger.balanceOf(userId), 100n);
  });

  it('gives the first one back also when it is cancelled before its debit', async () => {
    const { userId, first, second } = await openRepeat();
    await debit(first);
    const { decision } = await cancel(second);
    assert.deepEqual([decision.outcome, decision.reason], ['declined', 'cancelled']);
    assert.equal(await ledger.balanceOf(userId), 100n);
  });

  it('counts although the workflow of the first one comes later', async () => {
    const { userId, first, second } = await openRepeat();
    await debit(second);
    const { outcome, reason } = await debit(first);
    assert.deepEqual([outcome, reason], ['declined', 'cancelled']);
    assert.equal(await ledger.balanceOf(userId), 40n);
  });

  it('is another one for another customer', async () => {
    const { first, second } = await openRepeat();
    const userId = await ledger.openAccount(100n);
    await debit(first);
    await debit({ ...second, userId });
    assert.deepEqual([await ledger.balanceOf(first.userId), await ledger.balanceOf(userId)], [40n, 40n]);
  });

  it('is another one after 24 hours, when a key may be used again', async () => {
    const { userId, first, second } = await openRepeat({ later: 24 * HOUR, balance: 200n });
    await debit(first);
    await debit(second);
    assert.equal(await ledger.balanceOf(userId), 80n);
  });
});

/** The id of an order that the same request placed so many ms later. */
function repeatOf(orderId: string, later: number): string {
  const time = Number.parseInt(orderId.replaceAll('-', '').slice(0, 12), 16) + later;
  const digits = time.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-${orderId.slice(14)}`;
}

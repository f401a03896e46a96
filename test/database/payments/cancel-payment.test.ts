import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { OrderPayment } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { getAccount } from '#payments/account/get-account.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { DECIDED_OTHERWISE } from '#payments/errors.ts';
import { cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { cancelWish, payWish } from '#test/support/database/signing.ts';

const COPIES = 20;

function orderOf(userId: string, amount: bigint): OrderPayment {
  return { orderId: newId(), userId, amount, currency: 'EUR' };
}

describe('cancelling a payment', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const cancel = async (order: OrderPayment) => cancelPayment(ledger.workflowsDb, cancelWish(order));
  const debit = async (order: OrderPayment) => debitAccount(ledger.workflowsDb, payWish(order));
  const movements = async (userId: string) =>
    (await ledger.postingsOf(userId)).filter(({ kind }) => kind !== 'top_up');

  it('that was not made yet keeps it from being made', async () => {
    const userId = await ledger.openAccount(1_000n);
    const order = orderOf(userId, 400n);
    const { decision, refundedAt } = await cancel(order);
    assert.deepEqual([decision.outcome, decision.reason, refundedAt], ['declined', 'cancelled', null]);
    assert.deepEqual(await debit(order), decision);
    assert.deepEqual(await cancel(order), { decision, refundedAt: null, refundSignature: null });
    assert.equal(await ledger.balanceOf(userId), 1_000n);
    assert.deepEqual(await movements(userId), []);
  });

  it('gives back exactly what was debited, also to a balance that no double holds', async () => {
    const userId = await ledger.openAccount(3n);
    const order = orderOf(userId, 3n);
    await debit(order);
    await ledger.db
      .updateTable('accounts')
      .set({ balance: 2n ** 53n })
      .where('userId', '=', userId)
      .execute();
    await cancel(order);
    assert.match(toJson(await getAccount(ledger.db, userId)), /"balance":9007199254740995,/);
  });

  it('that was made gives back exactly what was debited, in a transfer of its own', async () => {
    const userId = await ledger.openAccount(1_000n);
    const order = orderOf(userId, 400n);
    const decision = await debit(order);
    const cancellation = await cancel(order);
    assert.deepEqual(cancellation.decision, decision);
    assert.ok(cancellation.refundedAt !== null && cancellation.refundedAt >= decision.decidedAt);
    assert.equal(await ledger.balanceOf(userId), 1_000n);
    assert.equal(await ledger.versionOf(userId), 4n);
    const { orderId } = order;
    assert.deepEqual(await movements(userId), [
      { kind: 'debit', account: 'customer', orderId, amount: -400n, balanceAfter: 600n },
      { kind: 'debit', account: 'sales', orderId, amount: 400n, balanceAfter: null },
      { kind: 'refund', account: 'customer', orderId, amount: 400n, balanceAfter: 1_000n },
      { kind: 'refund', account: 'sales', orderId, amount: -400n, balanceAfter: null },
    ]);
  });

  it('that is repeated, together or later, gives back once and says the same', async () => {
    const userId = await ledger.openAccount(1_000n);
    const order = orderOf(userId, 400n);
    await debit(order);
    const first = await Promise.all(Array.from({ length: COPIES }, async () => cancel(order)));
    for (const one of [...first, await cancel(order)]) assert.deepEqual(one, first[0]);
    assert.equal(await ledger.balanceOf(userId), 1_000n);
    assert.equal((await movements(userId)).length, 4);
  });

  it('that was declined changes nothing', async () => {
    const userId = await ledger.openAccount(10n);
    const order = orderOf(userId, 400n);
    const decision = await debit(order);
    assert.deepEqual(await cancel(order), { decision, refundedAt: null, refundSignature: null });
    assert.equal(decision.reason, 'insufficient_funds');
    assert.deepEqual(await movements(userId), []);
  });

  it('of a customer without an account is a decision too, which an account opened later does not change', async () => {
    const order = orderOf(newId(), 400n);
    const { decision } = await cancel(order);
    assert.equal(decision.reason, 'cancelled');
    assert.deepEqual(await debit(order), decision);
  });

  it('is not capped by the limit that top-ups have', async () => {
    const userId = await ledger.openAccount(1_000n);
    const order = orderOf(userId, 1_000n);
    await debit(order);
    const most = 1_000_000_000_000_000n;
    await topUpAccount(ledger.db, { userId, amount: most, idempotency: undefined });
    await cancel(order);
    assert.equal(await ledger.balanceOf(userId), most + 1_000n);
  });

  it('racing with its debits ends as cancelled or as refunded, never in between', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < COPIES; round++) {
      const userId = await ledger.openAccount(1_000n);
      const order = orderOf(userId, 400n);
      const calls = Array.from({ length: 4 }, (_, index) => (index + round) % 4 < 2);
      await Promise.all(calls.map(async (isDebit) => (isDebit ? debit(order) : cancel(order))));
      const { decision, refundedAt } = await cancel(order);
      outcomes.add(refundedAt === null ? String(decision.reason) : 'refunded');
      assert.equal(await ledger.balanceOf(userId), 1_000n);
      assert.equal((await movements(userId)).length, refundedAt === null ? 0 : 4);
    }
    assert.deepEqual([...outcomes].toSorted(), ['cancelled', 'refunded']);
  });

  it('that was decided for another customer or amount is an error, and moves nothing', async () => {
    const userId = await ledger.openAccount(1_000n);
    const order = orderOf(userId, 400n);
    await debit(order);
    const before = await ledger.postingsOf(userId);
    for (const change of [{ userId: await ledger.openAccount() }, { amount: 401n }, { currency: 'USD' }]) {
      await assert.rejects(
        cancel({ ...order, ...change }),
        (error) => refusalCode(error) === DECIDED_OTHERWISE,
      );
    }
    assert.deepEqual(await ledger.postingsOf(userId), before);
  });

  it('of a completed decision that lacks its debit is an error: there is nothing to give back', async () => {
    const userId = await ledger.openAccount(1_000n);
    const order = orderOf(userId, 400n);
    await sql`
      insert into decisions (order_id, user_id, amount, currency, outcome)
      values (${order.orderId}, ${userId}, 400, 'EUR', 'completed')`.execute(ledger.db);
    await assert.rejects(cancel(order), /no rows/);
    assert.equal(await ledger.balanceOf(userId), 1_000n);
  });
});

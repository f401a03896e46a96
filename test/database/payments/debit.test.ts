import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { OrderPayment } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { DECIDED_OTHERWISE } from '#payments/errors.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { payWish } from '#test/support/database/signing.ts';

function debitOf(userId: string, amount: bigint, currency = 'EUR'): OrderPayment {
  return { orderId: newId(), userId, amount, currency };
}

describe('a debit', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  /** Everything that a debit may change of one customer. */
  async function traces(userId: string) {
    return {
      balance: await ledger.balanceOf(userId),
      version: await ledger.versionOf(userId),
      decisions: await ledger.decisionsOf(userId),
      postings: await ledger.postingsOf(userId),
    };
  }

  it('moves the amount from the customer to sales, and says so in a decision', async () => {
    const userId = await ledger.openAccount(1_000n);
    const debit = debitOf(userId, 1_000n);
    const { decidedAt, signature: _, ...decision } = await debitAccount(ledger.workflowsDb, payWish(debit));
    assert.deepEqual(decision, { ...debit, outcome: 'completed', reason: null });
    assert.deepEqual(await traces(userId), {
      balance: 0n,
      version: 3n,
      decisions: [{ ...decision, decidedAt }],
      postings: [
        { kind: 'top_up', account: 'customer', orderId: null, amount: 1_000n, balanceAfter: 1_000n },
        { kind: 'top_up', account: 'cash', orderId: null, amount: -1_000n, balanceAfter: null },
        { kind: 'debit', account: 'customer', orderId: debit.orderId, amount: -1_000n, balanceAfter: 0n },
        { kind: 'debit', account: 'sales', orderId: debit.orderId, amount: 1_000n, balanceAfter: null },
      ],
    });
  });

  it('that is repeated returns the decision and moves nothing', async () => {
    const userId = await ledger.openAccount(1_000n);
    const debit = debitOf(userId, 400n);
    const decision = await debitAccount(ledger.workflowsDb, payWish(debit));
    const before = await traces(userId);
    assert.deepEqual(await debitAccount(ledger.workflowsDb, payWish(debit)), decision);
    assert.deepEqual(await traces(userId), before);
  });

  it('of more than there is, be it by one, is declined, and stays so after a top-up', async () => {
    const userId = await ledger.openAccount(999n);
    const debit = debitOf(userId, 1_000n);
    const decision = await debitAccount(ledger.workflowsDb, payWish(debit));
    assert.deepEqual([decision.outcome, decision.reason], ['declined', 'insufficient_funds']);
    await topUpAccount(ledger.db, { userId, amount: 10_000n, idempotency: undefined });
    assert.deepEqual(await debitAccount(ledger.workflowsDb, payWish(debit)), decision);
    const { balance, decisions, postings } = await traces(userId);
    assert.equal(balance, 10_999n);
    assert.equal(decisions.length, 1);
    assert.deepEqual(
      postings.filter(({ kind }) => kind !== 'top_up'),
      [],
    );
  });

  it('of a customer without an account is declined, and stays so after they open one', async () => {
    const debit = debitOf(newId(), 1n);
    const decision = await debitAccount(ledger.workflowsDb, payWish(debit));
    assert.deepEqual([decision.outcome, decision.reason], ['declined', 'account_not_found']);
    await sql`insert into accounts (user_id, currency, balance) values (${debit.userId}, 'EUR', 100)`.execute(
      ledger.db,
    );
    assert.deepEqual(await debitAccount(ledger.workflowsDb, payWish(debit)), decision);
    assert.equal(await ledger.balanceOf(debit.userId), 100n);
  });

  it('in another currency than the account is declined', async () => {
    const userId = await ledger.openAccount(1_000n);
    const decision = await debitAccount(ledger.workflowsDb, payWish(debitOf(userId, 1n, 'USD')));
    assert.deepEqual([decision.outcome, decision.reason], ['declined', 'currency_mismatch']);
    assert.equal(await ledger.balanceOf(userId), 1_000n);
  });

  it('of an order that was decided for another customer, amount or currency is an error, never a decline', async () => {
    const userId = await ledger.openAccount(1_000n);
    const other = await ledger.openAccount(1_000n);
    const debit = debitOf(userId, 400n);
    await debitAccount(ledger.workflowsDb, payWish(debit));
    const before = [await traces(userId), await traces(other)];
    for (const change of [{ userId: other }, { userId: newId() }, { amount: 401n }, { currency: 'USD' }]) {
      await assert.rejects(
        debitAccount(ledger.workflowsDb, payWish({ ...debit, ...change })),
        (error) => refusalCode(error) === DECIDED_OTHERWISE,
      );
    }
    assert.deepEqual([await traces(userId), await traces(other)], before);
  });

  it('whose transaction is rolled back leaves no trace, and can be made again', async () => {
    const userId = await ledger.openAccount(1_000n);
    const debit = debitOf(userId, 400n);
    const before = await traces(userId);
    const transaction = await ledger.db.startTransaction().execute();
    assert.equal((await debitAccount(transaction, payWish(debit))).outcome, 'completed');
    await transaction.rollback().execute();
    assert.deepEqual(await traces(userId), before);
    assert.equal((await debitAccount(ledger.db, payWish(debit))).outcome, 'completed');
    assert.equal(await ledger.balanceOf(userId), 600n);
  });

  it('cannot be posted twice, not even by a faulty function', async () => {
    const userId = await ledger.openAccount(1_000n);
    const debit = debitOf(userId, 400n);
    await debitAccount(ledger.db, payWish(debit));
    const before = await traces(userId);
    await assert.rejects(
      sql`select post_transfer('debit', ${userId}, ${debit.orderId}, -400, 'sales', 200)`.execute(ledger.db),
      /one_step_an_order/,
    );
    assert.deepEqual(await traces(userId), before);
  });

  it('cannot take a balance below zero, not even by a faulty function', async () => {
    const userId = await ledger.openAccount(10n);
    await assert.rejects(
      sql`update accounts set balance = balance - 11 where user_id = ${userId}`.execute(ledger.db),
      /accounts_balance_check/,
    );
    assert.equal(await ledger.balanceOf(userId), 10n);
  });
});

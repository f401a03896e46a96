import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger, PostingRow } from '#test/support/database/payments-database.ts';
import { payWish } from '#test/support/database/signing.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const COPIES = 50;

/** The customer's side of the ledger must be one chain: each balance is the one before it plus the amount. */
function assertChain(postings: readonly PostingRow[]): void {
  let balance = 0n;
  for (const posting of postings.filter(({ account }) => account === 'customer')) {
    balance += posting.amount;
    assert.equal(posting.balanceAfter, balance);
    assert.ok(balance >= 0n);
  }
  assert.equal(
    postings.reduce((sum, { amount }) => sum + amount, 0n),
    0n,
  );
}

describe('concurrent debits', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger({ size: COPIES });
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const copies = async <Result>(work: (index: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: COPIES }, async (_, index) => work(index)));

  it('of one order are one decision and one movement', async () => {
    const userId = await ledger.openAccount(1_000n);
    const debit = { orderId: newId(), userId, amount: 400n, currency: 'EUR' };
    const decisions = await copies(async () => debitAccount(ledger.workflowsDb, payWish(debit)));
    for (const decision of decisions) assert.deepEqual(decision, decisions[0]);
    assert.equal(decisions[0]?.outcome, 'completed');
    assert.equal((await ledger.decisionsOf(userId)).length, 1);
    assert.equal(await ledger.balanceOf(userId), 600n);
    assert.equal(await ledger.versionOf(userId), 3n);
    assert.equal((await ledger.postingsOf(userId)).filter(({ kind }) => kind === 'debit').length, 2);
  });

  it('of one order without an account, which nothing can lock, are one decision', async () => {
    const debit = { orderId: newId(), userId: newId(), amount: 400n, currency: 'EUR' };
    const decisions = await copies(async () => debitAccount(ledger.workflowsDb, payWish(debit)));
    for (const decision of decisions) assert.deepEqual(decision, decisions[0]);
    assert.equal(decisions[0]?.reason, 'account_not_found');
    assert.equal((await ledger.decisionsOf(debit.userId)).length, 1);
  });

  for (const [balance, outcome] of [
    [1_000n, 'completed'],
    [10n, 'declined'],
  ] as const) {
    it(`wait for a first one that is not committed yet, and say what it said: ${outcome}`, async () => {
      const userId = await ledger.openAccount(balance);
      const debit = { orderId: newId(), userId, amount: 400n, currency: 'EUR' };
      const transaction = await ledger.db.startTransaction().execute();
      const first = await debitAccount(transaction, payWish(debit));
      const repeat = debitAccount(ledger.db, payWish(debit));
      await untilOneWaits(ledger);
      await transaction.commit().execute();
      assert.deepEqual(await repeat, first);
      assert.equal(first.outcome, outcome);
      assert.equal(
        (await ledger.postingsOf(userId)).filter(({ kind }) => kind === 'debit').length,
        outcome === 'completed' ? 2 : 0,
      );
    });
  }

  it('wait for a first one that is then rolled back, and decide in its stead', async () => {
    const userId = await ledger.openAccount(1_000n);
    const debit = { orderId: newId(), userId, amount: 400n, currency: 'EUR' };
    const transaction = await ledger.db.startTransaction().execute();
    await debitAccount(transaction, payWish(debit));
    const repeat = debitAccount(ledger.db, payWish(debit));
    await untilOneWaits(ledger);
    await transaction.rollback().execute();
    assert.equal((await repeat).outcome, 'completed');
    assert.equal(await ledger.balanceOf(userId), 600n);
    assertChain(await ledger.postingsOf(userId));
  });

  it('of different orders take what there is and not one unit more', async () => {
    const userId = await ledger.openAccount(1_000n);
    const decisions = await copies(async () =>
      debitAccount(ledger.workflowsDb, payWish({ orderId: newId(), userId, amount: 100n, currency: 'EUR' })),
    );
    assert.equal(decisions.filter(({ outcome }) => outcome === 'completed').length, 10);
    assert.equal(decisions.filter(({ reason }) => reason === 'insufficient_funds').length, COPIES - 10);
    assert.equal(await ledger.balanceOf(userId), 0n);
    assert.equal(await ledger.versionOf(userId), 12n);
    assertChain(await ledger.postingsOf(userId));
  });

  it('leave one unbroken chain of balances, whatever amounts and repeats meet', async () => {
    const movements = fc.array(
      fc.record({
        amount: fc.bigInt(1n, 500n),
        isDebit: fc.boolean(),
        repeats: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 15 },
    );
    await fc.assert(
      fc.asyncProperty(movements, fc.bigInt(1n, 1_000n), async (all, opening) => {
        const userId = await ledger.openAccount(opening);
        await Promise.all(
          all.flatMap<Promise<unknown>>(({ amount, isDebit, repeats }) => {
            const debit = { orderId: newId(), userId, amount, currency: 'EUR' };
            return isDebit
              ? Array.from({ length: repeats }, async () => debitAccount(ledger.workflowsDb, payWish(debit)))
              : [topUpAccount(ledger.db, { userId, amount, idempotency: undefined })];
          }),
        );
        const postings = await ledger.postingsOf(userId);
        assertChain(postings);
        assert.equal(
          await ledger.balanceOf(userId),
          postings.findLast(({ account }) => account === 'customer')?.balanceAfter,
        );
        const completed = (await ledger.decisionsOf(userId)).filter(({ outcome }) => outcome === 'completed');
        assert.deepEqual(
          postings
            .filter(({ account }) => account === 'sales')
            .map(({ orderId, amount }) => `${orderId} ${amount}`)
            .toSorted(),
          completed.map(({ orderId, amount }) => `${orderId} ${amount}`).toSorted(),
        );
        assert.equal(await ledger.versionOf(userId), BigInt(postings.length / 2 + 1));
      }),
      { numRuns: 25 },
    );
  });
});

async function untilOneWaits({ db }: Ledger): Promise<void> {
  await eventually('a repeat to wait for the first', async () => {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    return rows[0]?.waiting === 1;
  });
}

import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import { MAX_AMOUNT, MAX_BALANCE } from '#contracts/values/money/money.ts';
import { getAccount } from '#payments/account/get-account.ts';
import { listAccounts } from '#payments/account/list-accounts.ts';
import { openAccount } from '#payments/account/open-account.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

describe('an account', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const open = async (userId: string, currency = 'EUR') =>
    openAccount(ledger.db, { userId, currency, shopCurrency: 'EUR', idempotency: undefined });
  const topUp = async (userId: string, amount: bigint) =>
    topUpAccount(ledger.db, { userId, amount, idempotency: undefined });

  it('is opened empty, and is then found as it was opened', async () => {
    const userId = newId();
    const { reply, replayed } = await open(userId);
    const { createdAt, ...account } = reply;
    assert.equal(replayed, false);
    assert.deepEqual(account, {
      userId,
      balance: 0n,
      held: 0n,
      available: 0n,
      currency: 'EUR',
      currencyDigits: 2,
      version: 1n,
    });
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(await getAccount(ledger.db, userId), reply);
    assert.deepEqual(await listAccounts(ledger.db, userId), [reply]);
    assert.deepEqual(await listAccounts(ledger.db, newId()), []);
  });

  it('is one for each user, even when they open ten at once', async () => {
    const userId = newId();
    const results = await Promise.allSettled(Array.from({ length: 10 }, async () => open(userId)));
    const refusals = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    assert.equal(refusals.length, 9);
    for (const refusal of refusals) assert.ok(isProblem('account_exists')(refusal));
    assert.equal(await ledger.versionOf(userId), 1n);
  });

  it("is not opened in another currency than the shop's", async () => {
    const userId = newId();
    await assert.rejects(open(userId, 'USD'), isProblem('currency_not_supported'));
    await assert.rejects(getAccount(ledger.db, userId), isProblem('account_not_found'));
  });

  it('is topped up from cash, one version a time', async () => {
    const userId = await ledger.openAccount();
    assert.equal((await topUp(userId, 250n)).reply.balance, 250n);
    const { reply } = await topUp(userId, MAX_AMOUNT);
    assert.deepEqual([reply.balance, reply.version], [MAX_AMOUNT + 250n, 3n]);
    assert.deepEqual(await getAccount(ledger.db, userId), reply);
    assert.deepEqual(
      (await ledger.postingsOf(userId)).map(({ account, amount }) => [account, amount]),
      [
        ['customer', 250n],
        ['cash', -250n],
        ['customer', MAX_AMOUNT],
        ['cash', -MAX_AMOUNT],
      ],
    );
  });

  it('is never topped up over its limit, and is left as it was', async () => {
    const userId = await ledger.openAccount();
    await ledger.db
      .updateTable('accounts')
      .set({ balance: MAX_BALANCE - 100n })
      .where('userId', '=', userId)
      .execute();
    await assert.rejects(topUp(userId, 101n), isProblem('balance_limit_exceeded'));
    assert.equal(await ledger.balanceOf(userId), MAX_BALANCE - 100n);
    assert.deepEqual(await ledger.postingsOf(userId), []);
    assert.equal((await topUp(userId, 100n)).reply.balance, MAX_BALANCE);
    await assert.rejects(topUp(userId, 1n), isProblem('balance_limit_exceeded'));
  });

  it('must be there to be topped up or shown', async () => {
    await assert.rejects(topUp(newId(), 1n), isProblem('account_not_found'));
    await assert.rejects(getAccount(ledger.db, newId()), isProblem('account_not_found'));
  });

  it('counts every one of many concurrent top-ups', async () => {
    const userId = await ledger.openAccount();
    await Promise.all(Array.from({ length: 20 }, async () => topUp(userId, 7n)));
    assert.equal(await ledger.balanceOf(userId), 140n);
    assert.equal(await ledger.versionOf(userId), 21n);
  });
});

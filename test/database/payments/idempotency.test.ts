import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Idempotency } from '@gozon/postgres-idempotency';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { Problem } from '#contracts/http/problem.ts';
import { newId } from '#contracts/values/ids.ts';
import { openAccount } from '#payments/account/open-account.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import type { PaymentsTables } from '#payments/schema.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

/** The Idempotency-Key of a request for something. */
function idempotency(key: string, request: string): Idempotency {
  return { key, requestHash: createHash('sha256').update(request).digest() };
}

describe('a request with an Idempotency-Key', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const topUp = async (userId: string, amount: bigint, key: string, db: Kysely<PaymentsTables> = ledger.db) =>
    topUpAccount(db, { userId, amount, idempotency: idempotency(key, `top up ${amount}`) });

  async function keysOf(userId: string): Promise<number> {
    const { rows } = await sql<{ keys: number }>`
      select count(*)::int as keys from idempotency_keys where scope like ${`${userId} %`}`.execute(
      ledger.db,
    );
    return rows[0]?.keys ?? 0;
  }

  it('that is repeated has its first reply, whatever happened since, and no second effect', async () => {
    const userId = await ledger.openAccount(1_000n);
    const first = await topUp(userId, 50n, 'a');
    await topUp(userId, 7n, 'b');
    const repeat = await topUp(userId, 50n, 'a');
    assert.deepEqual(repeat, { reply: first.reply, replayed: true });
    assert.equal(first.replayed, false);
    assert.equal(await ledger.balanceOf(userId), 1_057n);
    assert.equal(await keysOf(userId), 2);
  });

  it('that asks for something else is refused, without an effect', async () => {
    const userId = await ledger.openAccount(1_000n);
    await topUp(userId, 50n, 'a');
    await assert.rejects(topUp(userId, 51n, 'a'), isProblem('idempotency_key_reused'));
    assert.equal(await ledger.balanceOf(userId), 1_050n);
  });

  it('that comes while the first is under way is told to come again, and has its reply then', async () => {
    const userId = await ledger.openAccount(1_000n);
    const transaction = await ledger.db.startTransaction().execute();
    const first = await topUp(userId, 50n, 'a', transaction);
    await assert.rejects(topUp(userId, 50n, 'a'), (error) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.code, 'idempotency_key_in_flight');
      assert.deepEqual(error.headers, { 'Retry-After': '1' });
      return true;
    });
    await transaction.commit().execute();
    assert.deepEqual(await topUp(userId, 50n, 'a'), { reply: first.reply, replayed: true });
    assert.equal(await ledger.balanceOf(userId), 1_050n);
  });

  it('that comes after the first was rolled back is the first', async () => {
    const userId = await ledger.openAccount(1_000n);
    const transaction = await ledger.db.startTransaction().execute();
    await topUp(userId, 50n, 'a', transaction);
    await transaction.rollback().execute();
    assert.equal((await topUp(userId, 50n, 'a')).replayed, false);
    assert.equal(await ledger.balanceOf(userId), 1_050n);
  });

  it('that is refused stores nothing: the same key may ask again', async () => {
    const userId = newId();
    await assert.rejects(topUp(userId, 50n, 'a'), isProblem('account_not_found'));
    assert.equal(await keysOf(userId), 0);
    await openAccount(ledger.db, { userId, currency: 'EUR', shopCurrency: 'EUR', idempotency: undefined });
    const { reply, replayed } = await topUp(userId, 50n, 'a');
    assert.deepEqual([reply.balance, replayed], [50n, false]);
  });

  it('is known by its user: another user with the same key and body has an effect of their own', async () => {
    const [one, other] = [await ledger.openAccount(), await ledger.openAccount()];
    await topUp(one, 50n, 'a');
    assert.deepEqual((await topUp(other, 50n, 'a')).replayed, false);
    assert.deepEqual([await ledger.balanceOf(one), await ledger.balanceOf(other)], [50n, 50n]);
  });

  it('is known by its route: the same key may open an account and top it up', async () => {
    const userId = newId();
    const open = async () =>
      openAccount(ledger.db, {
        userId,
        currency: 'EUR',
        shopCurrency: 'EUR',
        idempotency: idempotency('a', 'open'),
      });
    const { reply } = await open();
    assert.equal((await topUp(userId, 50n, 'a')).replayed, false);
    assert.deepEqual(await open(), { reply, replayed: true });
    assert.equal(await ledger.balanceOf(userId), 50n);
  });

  it('has one effect however many come at once', async () => {
    const userId = await ledger.openAccount();
    const results = await Promise.allSettled(Array.from({ length: 40 }, async () => topUp(userId, 50n, 'a')));
    const replies = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refusals = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    assert.equal(replies.filter(({ replayed }) => !replayed).length, 1);
    for (const { reply } of replies) assert.deepEqual(reply, replies[0]?.reply);
    for (const refusal of refusals) assert.ok(isProblem('idempotency_key_in_flight')(refusal));
    assert.equal(await ledger.balanceOf(userId), 50n);
  });
});

import { toReplayable } from '@gozon/postgres-idempotency';
import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import { sql } from 'kysely';
import type { AccountReply, PostingReply } from '#contracts/http/payments-api.ts';
import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { parseMoney } from '#contracts/values/money/money.ts';
import type { Database } from '../schema.ts';

export async function findAccount(db: Database, userId: string): Promise<AccountReply | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('userId', '=', userId).executeTakeFirst();
  return row && toAccountReply(row);
}

/**
 * Up to `limit` movements of a user's account, newest first, from below the cursor. The user is a range of one value, so
 * that the rows are asked for in the order of the index `statement` alone. When it is equal to a value, PostgreSQL may read
 * the primary key and filter, which takes it through all newer movements of others. That it is a customer's is in the text:
 * the index holds no others, so a plan for any kind of account cannot use it.
 */
export async function findPostings(
  db: Database,
  page: { userId: string; limit: number; cursor?: string | undefined },
): Promise<PostingReply[]> {
  let query = db
    .selectFrom('postings')
    .select(['postingId', 'kind', 'amount', 'balanceAfter', 'orderId', 'createdAt'])
    .where((row) => row.between('userId', page.userId, page.userId))
    .where('account', '=', sql.lit('customer'))
    .orderBy('userId')
    .orderBy('postingId', 'desc')
    .limit(page.limit);
  if (page.cursor !== undefined) query = query.where('postingId', '<', BigInt(page.cursor));
  return (await query.execute()).map((row) => ({
    ...row,
    // The table's own check allows no capture here.
    kind: row.kind as PostingReply['kind'],
    postingId: row.postingId.toString(),
    // The table's own check: a customer's posting has it.
    balanceAfter: row.balanceAfter ?? 0n,
    createdAt: row.createdAt.toISOString(),
  }));
}

/** Calls `open_account()` of schema.sql. */
export async function insertAccount(
  db: Database,
  account: { userId: string; currency: string },
  idempotency: Idempotency | undefined,
): Promise<Replayable<AccountReply>> {
  const { rows } = await sql<Replayable<AccountRow>>`
    select * from open_account(${account.userId}, ${account.currency},
      ${idempotency?.key}, ${idempotency?.requestHash})`.execute(db);
  return toReplayable(rows, toAccountReply);
}

/** Calls `top_up()` of schema.sql. */
export async function addToBalance(
  db: Database,
  topUp: { userId: string; amount: bigint; maxBalance: bigint },
  idempotency: Idempotency | undefined,
): Promise<Replayable<AccountReply>> {
  const { rows } = await sql<Replayable<AccountRow>>`
    select * from top_up(${topUp.userId}, ${topUp.amount}, ${topUp.maxBalance},
      ${idempotency?.key}, ${idempotency?.requestHash})`.execute(db);
  return toReplayable(rows, toAccountReply);
}

/** An account as a row, or as the JSON in which an earlier reply is stored. */
interface AccountRow {
  userId: string;
  currency: string;
  balance: bigint | number;
  /** Absent in a reply that was stored before there were holds. */
  held?: bigint | number;
  version: bigint | number;
  createdAt: Date | string;
}

function toAccountReply(row: AccountRow): AccountReply {
  const available = parseMoney(row.balance);
  const held = parseMoney(row.held ?? 0n);
  return {
    userId: row.userId,
    balance: available + held,
    held,
    available,
    currency: row.currency,
    currencyDigits: currencyDigits(row.currency),
    version: BigInt(row.version),
    createdAt: new Date(row.createdAt).toISOString(),
  };
}

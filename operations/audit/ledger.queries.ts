import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import type { PaymentsViews } from '../schema.ts';

type Database = Kysely<PaymentsViews>;

/** Postings by id: those above `after`, up to `upTo`. */
export interface PostingRange {
  readonly after: bigint;
  readonly upTo: bigint;
}

/** The next `limit` postings: the id of the last, and how many there are. */
export async function findNextRange(
  payments: Database,
  after: bigint,
  limit: number,
): Promise<{ upTo: bigint | null; count: number }> {
  const { rows } = await sql<{ upTo: bigint | null; count: number }>`
    select max(posting_id) as up_to, count(*)::int as count
    from (
      select posting_id from postings_to_audit where posting_id > ${after} order by posting_id limit ${limit}
    ) as next`.execute(payments);
  return rows[0] ?? { upTo: null, count: 0 };
}

export async function findLastPosting(payments: Database): Promise<bigint> {
  const row = await payments
    .selectFrom('postingsToAudit')
    .select('postingId')
    .orderBy('postingId', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.postingId ?? 0n;
}

export interface BalanceMismatch {
  readonly postingId: bigint;
  readonly userId: string;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly balanceBefore: bigint;
}

/**
 * Postings of customers whose recorded balance is not the balance before plus their amount. An account's postings get
 * their ids under its lock, so the posting before is the one with the next lower id.
 */
export async function findBalanceMismatches(
  payments: Database,
  range: PostingRange,
): Promise<BalanceMismatch[]> {
  const { rows } = await sql<BalanceMismatch>`
    select here.posting_id, here.user_id, here.amount, here.balance_after,
           coalesce(before.balance_after, 0)::bigint as balance_before
    from postings_to_audit here
    left join lateral (
      select balance_after from postings_to_audit
      where account = 'customer' and user_id = here.user_id and posting_id < here.posting_id
      order by posting_id desc limit 1
    ) before on true
    where here.posting_id > ${range.after} and here.posting_id <= ${range.upTo} and here.account = 'customer'
      and (here.balance_after <> here.amount + coalesce(before.balance_after, 0) or here.balance_after < 0)
    order by here.posting_id`.execute(payments);
  return rows;
}

export interface UnbalancedTransfer {
  readonly transferId: string;
  readonly postingId: bigint;
  readonly postings: number;
  readonly sum: bigint;
}

/**
 * How far apart the ids of a transfer's two postings may be. One statement takes both, and other transactions take ids in
 * between: hardly ever this many.
 */
const APART = 1_000n;
/**
 * A transfer that looks unbalanced is checked again with this, in case its backend stood still for minutes in
 * between.
 */
const AT_MOST_APART = 50_000n;

/** Transfers that begin in a range and do not have two postings that sum to zero. */
export async function findUnbalancedTransfers(
  payments: Database,
  range: PostingRange,
): Promise<UnbalancedTransfer[]> {
  const suspects = await findUnbalancedWithin(payments, range, APART);
  return suspects.length === 0 ? [] : findUnbalancedWithin(payments, range, AT_MOST_APART);
}

async function findUnbalancedWithin(
  payments: Database,
  { after, upTo }: PostingRange,
  apart: bigint,
): Promise<UnbalancedTransfer[]> {
  const { rows } = await sql<UnbalancedTransfer>`
    select transfer_id, min(posting_id) as posting_id, count(*)::int as postings, sum(amount)::bigint as sum
    from postings_to_audit where posting_id > ${after - apart} and posting_id <= ${upTo + apart}
    group by transfer_id
    having (sum(amount) <> 0 or count(*) <> 2) and min(posting_id) > ${after} and min(posting_id) <= ${upTo}`.execute(
    payments,
  );
  return rows;
}

export interface AccountRow {
  readonly userId: string;
  readonly balance: bigint;
  /** The balance that its last posting recorded; 0 without any posting. */
  readonly posted: bigint;
  readonly held: bigint;
  /** The sum of its live holds. */
  readonly liveHolds: bigint;
}

const POSTED = sql`(
  select balance_after from postings_to_audit
  where account = 'customer' and user_id = accounts_to_audit.user_id order by posting_id desc limit 1
)`;
const LIVE_HOLDS = sql`(
  select sum(amount) from holds_to_reconcile where user_id = accounts_to_audit.user_id and closed_at is null
)`;
const ACCOUNT = sql`
  user_id, balance, coalesce(${POSTED}, 0)::bigint as posted, held, coalesce(${LIVE_HOLDS}, 0)::bigint as live_holds`;

/** The next accounts by user. One statement reads balance, postings and holds, so all are of one moment. */
export async function findAccountsAfter(
  payments: Database,
  after: string,
  limit: number,
): Promise<AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    select ${ACCOUNT}
    from accounts_to_audit where user_id > ${after} order by user_id limit ${limit}`.execute(payments);
  return rows;
}

/** The accounts that have a posting in a range. A limit keeps PostgreSQL from reading all accounts, and hashing them. */
export async function findAccountsMoved(payments: Database, range: PostingRange): Promise<AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    select ${ACCOUNT}
    from (
      select distinct user_id as moved from postings_to_audit
      where posting_id > ${range.after} and posting_id <= ${range.upTo}
    ) as range
    cross join lateral (select * from accounts_to_audit where user_id = moved limit 1) as accounts_to_audit`.execute(
    payments,
  );
  return rows;
}

/** A hold that is live after its end. */
export interface OverdueHold {
  readonly orderId: string;
  /** For how long it should have been closed. */
  readonly seconds: number;
}

/** Holds that are live over `seconds` after their end, the first to end first. */
export async function findLiveAfterEnd(
  payments: Database,
  seconds: number,
  limit: number,
): Promise<OverdueHold[]> {
  const { rows } = await sql<OverdueHold>`
    select order_id, extract(epoch from now() - capture_before)::float8 as seconds
    from holds_to_reconcile
    where closed_at is null and capture_before < now() - ${seconds} * interval '1 second'
    order by capture_before limit ${limit}`.execute(payments);
  return rows;
}

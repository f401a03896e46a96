import { sql } from 'kysely';
import type { QueryExecutorProvider, RawBuilder } from 'kysely';
import type {
  AuthorizeWish,
  CancelWish,
  CaptureWish,
  RecordedFact,
  RefundWish,
} from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';

// Each calls a function of schema.sql that moves money, and returns what payments has recorded about the order since.

export async function authorize(db: Database, wish: AuthorizeWish): Promise<RecordedFact[]> {
  return findFacts(db, sql`authorize(${orderOf(wish)}, ${wish.captureWithin}, ${wish.signature})`);
}

export async function capture(db: Database, wish: CaptureWish): Promise<RecordedFact[]> {
  const { requestedAt, signature } = wish;
  return findFacts(db, sql`capture(${orderOf(wish)}, ${wish.capture}, ${requestedAt}, ${signature})`);
}

export async function cancelAsWished(db: Database, wish: CancelWish): Promise<RecordedFact[]> {
  return findFacts(
    db,
    sql`cancel_payment(${orderOf(wish)}, ${wish.reason}, ${wish.refund}, ${wish.signature})`,
  );
}

export async function refund(db: Database, wish: RefundWish): Promise<RecordedFact[]> {
  return findFacts(db, sql`refund(${orderOf(wish)}, ${wish.refundId}, ${wish.refund}, ${wish.signature})`);
}

function orderOf({
  orderId,
  userId,
  amount,
  currency,
}: Pick<AuthorizeWish, 'orderId' | 'userId' | 'amount' | 'currency'>) {
  return sql.join([orderId, userId, amount, currency]);
}

async function findFacts(db: Database, recorded: RawBuilder<unknown>): Promise<RecordedFact[]> {
  const { rows } = await sql<RecordedFact>`select (event).*, signature from ${recorded}`.execute(db);
  return rows;
}

/**
 * The authorizations of live holds that ended over `grace` s ago, by this database's clock, the first to end first. For the
 * role workflows.
 */
export async function findOverdueHolds(
  db: QueryExecutorProvider,
  grace: number,
  limit: number,
): Promise<RecordedFact[]> {
  const { rows } = await sql<RecordedFact>`
    select (event).*, signature from events_of_orders(array(
      select order_id from holds_to_reconcile
      where closed_at is null and capture_before < now() - ${grace} * interval '1 second'
      order by capture_before limit ${limit}
    )) where (event).type = 'payment.authorized' order by (event).capture_before`.execute(db);
  return rows;
}

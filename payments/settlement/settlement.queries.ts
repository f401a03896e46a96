import { sql } from 'kysely';
import type { Database } from '../schema.ts';

/** What moved on the account `sales`: a debit or a capture in, a refund out. Amounts are in minor units. */
export interface Settlement {
  readonly postingId: bigint;
  /** To the microsecond, in the words of PostgreSQL: a Date would round it. */
  readonly at: string;
  readonly settledAt: Date;
  readonly orderId: string;
  readonly userId: string;
  readonly kind: 'debit' | 'capture' | 'refund';
  readonly refundId: string | null;
  readonly amount: bigint;
  readonly currency: string;
}

/**
 * The next settlements of a period, oldest first. That it is an account of sales is in the text, since the index
 * `settlements` holds no other. Each decision is looked up by itself: for a page of them PostgreSQL might read all.
 */
export async function findSettlements(
  db: Database,
  period: { readonly from: Date; readonly to: Date },
  { after, limit }: { after: Settlement | undefined; limit: number },
): Promise<Settlement[]> {
  const { rows } = await sql<Settlement>`
    select p.posting_id, p.created_at::text as at, p.created_at as settled_at, p.order_id, p.user_id, p.kind, p.refund_id,
           p.amount, d.currency
    from (
      select * from postings
      where account = 'sales'
        and (created_at, posting_id) > (${after?.at ?? period.from.toISOString()}::timestamptz, ${after?.postingId ?? 0n}::bigint)
        and created_at < ${period.to.toISOString()}::timestamptz
      order by created_at, posting_id limit ${limit}
    ) p
    cross join lateral (select currency from decisions where order_id = p.order_id limit 1) d
    order by p.created_at, p.posting_id`.execute(db);
  return rows;
}

import { sql } from 'kysely';
import type { Kysely } from '#platform/database.ts';

/** What was asked for before a moment and is still to be done: orders that are undecided, cancels that are pending. */
export async function countPendingBefore(orders: Kysely<unknown>, moment: Date): Promise<number> {
  const { rows } = await sql<{ pending: number }>`
    select ((select count(*) from orders where status_rank = 0 and created_at < ${moment})
      + (select count(*) from orders
         where cancel_requested_at < ${moment} and status in ('created', 'paid')))::int as pending`.execute(
    orders,
  );
  return rows[0]?.pending ?? 0;
}

export interface Ends {
  readonly undecided: number;
  readonly paid: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly refunded: number;
}

/** How the orders ended. */
export async function countEnds(orders: Kysely<unknown>): Promise<Ends> {
  const { rows } = await sql<Ends>`
    select (count(*) filter (where status = 'created'))::int as undecided,
           (count(*) filter (where status = 'paid'))::int as paid,
           (count(*) filter (where status = 'failed'))::int as failed,
           (count(*) filter (where status = 'cancelled'))::int as cancelled,
           (count(*) filter (where status = 'refunded'))::int as refunded
    from orders`.execute(orders);
  const [row] = rows;
  if (!row) throw new Error('counting found nothing, not even zero');
  return row;
}

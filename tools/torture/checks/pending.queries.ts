import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';

/** When the oldest pending work was requested: an order or a cancel. Undefined when nothing is pending. */
export async function findOldestPending(orders: Kysely<unknown>): Promise<Date | undefined> {
  const { rows } = await sql<{ since: Date | null }>`
    select least(
      (select min(created_at) from orders where status_rank = 0),
      (select min(cancel_requested_at) from orders where status in ('created', 'paid'))
    ) as since`.execute(orders);
  return rows[0]?.since ?? undefined;
}

export interface Ends {
  readonly undecided: number;
  readonly paid: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly refunded: number;
}

/** The outcomes of the orders. */
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

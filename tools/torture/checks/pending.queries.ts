import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';

/**
 * When the oldest pending work was requested: an order, capture, cancel or refund, or the end
 * of a hold. Undefined when nothing is pending.
 */
export async function findOldestPending(orders: Kysely<unknown>): Promise<Date | undefined> {
  const { rows } = await sql<{ since: Date | null }>`
    select least(
      (select min(created_at) from orders where status_rank = 0),
      (select min(cancel_requested_at) from orders where status in ('created', 'authorized', 'paid')),
      (select min(capture_requested_at) from orders where status = 'authorized'),
      (select min(capture_before) from orders where status = 'authorized' and capture_before < now()),
      (select min(created_at) from refunds where refunded_at is null)
    ) as since`.execute(orders);
  return rows[0]?.since ?? undefined;
}

export interface Ends {
  readonly undecided: number;
  readonly paid: number;
  readonly failed: number;
  /** Their money is held: in the end there is none. */
  readonly authorized: number;
  readonly cancelled: number;
  /** Cancelled because nobody captured them in time. */
  readonly expired: number;
  readonly refunded: number;
}

/** The outcomes of the orders. */
export async function countEnds(orders: Kysely<unknown>): Promise<Ends> {
  const { rows } = await sql<Ends>`
    select (count(*) filter (where status = 'created'))::int as undecided,
           (count(*) filter (where status = 'paid'))::int as paid,
           (count(*) filter (where status = 'failed'))::int as failed,
           (count(*) filter (where status = 'authorized'))::int as authorized,
           (count(*) filter (where status = 'cancelled' and cancellation_reason is distinct from 'expired'))::int
             as cancelled,
           (count(*) filter (where status = 'cancelled' and cancellation_reason = 'expired'))::int as expired,
           (count(*) filter (where status = 'refunded'))::int as refunded
    from orders`.execute(orders);
  const [row] = rows;
  if (!row) throw new Error('counting found nothing, not even zero');
  return row;
}

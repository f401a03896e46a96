import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Kysely } from '#platform/postgres/database.ts';

/** The undecided ones among these orders. An order that is not in the table counts as undecided. */
export async function findUndecided(orders: Kysely<unknown>, orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ orderId: string }>`
    select wanted.order_id from unnest(${orderIds}::uuid[]) as wanted (order_id)
    where not exists (select from orders where order_id = wanted.order_id and status_rank > 0)`.execute(
    orders,
  );
  return rows.map(({ orderId }) => orderId);
}

export interface DecidedOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly failureReason: string | null;
  /** Ms from the start of the order's own transaction to the start of the one that applied its decision. */
  readonly placedToDecided: number;
  /** Ms since 1970. */
  readonly decidedAt: number;
}

/** Both times come from the orders database's clock, in microseconds: they include no polling interval. */
export async function findDecided(
  orders: QueryExecutorProvider,
  orderIds: readonly string[],
): Promise<DecidedOrder[]> {
  const { rows } = await sql<DecidedOrder>`
    select o.order_id, o.status, o.failure_reason,
           (extract(epoch from decided.at - o.created_at) * 1000)::float8 as placed_to_decided,
           (extract(epoch from decided.at) * 1000)::float8 as decided_at
    from orders o
    cross join lateral (
      select min(created_at) as at from order_events where order_id = o.order_id and status <> 'created'
    ) decided
    where o.order_id = any(${orderIds}::uuid[]) and decided.at is not null`.execute(orders);
  return rows;
}

/** Pending work: undecided orders, pending captures, cancels and refunds, and outbox rows that are due or leased. */
export async function countPending(orders: Kysely<unknown>): Promise<number> {
  const { rows } = await sql<{ pending: number }>`
    select ((select count(*) from orders where status_rank = 0)
      + (select count(*) from orders where cancel_requested_at is not null and status in ('authorized', 'paid'))
      + (select count(*) from orders where capture_requested_at is not null and status = 'authorized')
      + (select count(*) from refunds where refunded_at is null)
      + (select count(*) from outbox where dispatched_at is null))::int as pending`.execute(orders);
  return rows[0]?.pending ?? 0;
}

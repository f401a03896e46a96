import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';

/** Orders of a range of ids that more than one decision was applied to. */
export async function findDecidedTwice(
  orders: QueryExecutorProvider,
  { after, upTo }: { after: string; upTo: string },
): Promise<{ orderId: string; times: number }[]> {
  const { rows } = await sql<{ orderId: string; times: number }>`
    select order_id, count(*)::int as times from decided_orders
    where order_id > ${after} and order_id <= ${upTo}
    group by order_id having count(*) > 1`.execute(orders);
  return rows;
}

/** An order whose decision or cancel is late. */
export interface PendingOrder {
  readonly orderId: string;
  /** For how long it has been waiting. */
  readonly seconds: number;
}

/** Orders that have been undecided for longer than `seconds`, oldest first. */
export async function findUndecided(
  orders: QueryExecutorProvider,
  seconds: number,
  limit: number,
): Promise<PendingOrder[]> {
  const { rows } = await sql<PendingOrder>`
    select order_id, extract(epoch from now() - placed_at)::float8 as seconds
    from orders_undecided where placed_at < now() - ${seconds} * interval '1 second'
    order by placed_at limit ${limit}`.execute(orders);
  return rows;
}

/** Orders whose cancel has been unfinished for longer than `seconds`, oldest first. */
export async function findUncancelled(
  orders: QueryExecutorProvider,
  seconds: number,
  limit: number,
): Promise<PendingOrder[]> {
  const { rows } = await sql<PendingOrder>`
    select order_id, extract(epoch from now() - cancel_requested_at)::float8 as seconds
    from orders_to_reconcile
    where cancel_requested_at is not null and status in ('created', 'paid')
      and cancel_requested_at < now() - ${seconds} * interval '1 second'
    order by cancel_requested_at limit ${limit}`.execute(orders);
  return rows;
}

/** Outbox rows that are not dispatched, the first due first. */
export async function findUndispatched(
  orders: QueryExecutorProvider,
  limit: number,
): Promise<{ outboxId: bigint; orderId: string; attempts: number }[]> {
  const { rows } = await sql<{ outboxId: bigint; orderId: string; attempts: number }>`
    select outbox_id, order_id, attempts from outbox
    where dispatched_at is null order by due_at limit ${limit}`.execute(orders);
  return rows;
}

import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';

/** Orders by id whose status was moved by more than one decision. */
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

/** What waits for something to come of it, oldest first. */
export interface Waiting {
  readonly orderId: string;
  /** In s. */
  readonly age: number;
}

/** Orders that are undecided for longer than `seconds`. */
export async function findUndecided(
  orders: QueryExecutorProvider,
  seconds: number,
  limit: number,
): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select order_id, extract(epoch from now() - placed_at)::float8 as age
    from orders_undecided where placed_at < now() - ${seconds} * interval '1 second'
    order by placed_at limit ${limit}`.execute(orders);
  return rows;
}

/** Orders whose cancel is unfinished for longer than `seconds`. */
export async function findUncancelled(
  orders: QueryExecutorProvider,
  seconds: number,
  limit: number,
): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select order_id, extract(epoch from now() - cancel_requested_at)::float8 as age
    from orders_to_reconcile
    where cancel_requested_at is not null and status in ('created', 'paid')
      and cancel_requested_at < now() - ${seconds} * interval '1 second'
    order by cancel_requested_at limit ${limit}`.execute(orders);
  return rows;
}

/** Outbox rows that are not dispatched, those that are due first. */
export async function findUndispatched(
  orders: QueryExecutorProvider,
  limit: number,
): Promise<{ outboxId: bigint; orderId: string; attempts: number }[]> {
  const { rows } = await sql<{ outboxId: bigint; orderId: string; attempts: number }>`
    select outbox_id, order_id, attempts from outbox
    where dispatched_at is null order by due_at limit ${limit}`.execute(orders);
  return rows;
}

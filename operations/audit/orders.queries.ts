import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import type { OrdersViews } from '../schema.ts';

/**
 * Orders of a range of ids that more than one decision was applied to. They are counted order by order: of all in the range
 * at once, PostgreSQL would read all orders, and hash them.
 */
export async function findDecidedTwice(
  orders: Kysely<OrdersViews>,
  { after, upTo }: { after: string; upTo: string },
): Promise<{ orderId: string; times: number }[]> {
  const { rows } = await sql<{ orderId: string; times: number }>`
    select o.order_id, decided.times
    from orders_to_reconcile o
    cross join lateral (
      select count(*)::int as times from decided_orders where order_id = o.order_id
    ) as decided
    where o.order_id > ${after} and o.order_id <= ${upTo} and decided.times > 1`.execute(orders);
  return rows;
}

/** Something about an order that is late: its decision, or what was asked for. */
export interface PendingOrder {
  readonly orderId: string;
  /** For how long it has been waiting. */
  readonly seconds: number;
}

/** Orders that have been undecided for longer than `seconds`, oldest first. */
export async function findUndecided(
  orders: Kysely<OrdersViews>,
  seconds: number,
  limit: number,
): Promise<PendingOrder[]> {
  const { rows } = await sql<PendingOrder>`
    select order_id, ${secondsSince(sql.ref('placed_at'))}
    from orders_undecided where placed_at < now() - ${seconds} * interval '1 second'
    order by placed_at limit ${limit}`.execute(orders);
  return rows;
}

/** Orders whose cancel has been unfinished for longer than `seconds`, oldest first. Each part of it has its own index. */
export async function findUncancelled(
  orders: Kysely<OrdersViews>,
  seconds: number,
  limit: number,
): Promise<PendingOrder[]> {
  const { rows } = await sql<PendingOrder>`
    select order_id, ${secondsSince(sql.ref('cancel_requested_at'))}
    from (
      select order_id, cancel_requested_at from orders_to_reconcile
      where cancel_requested_at is not null and status in ('created', 'paid')
      union all
      select order_id, cancel_requested_at from orders_to_reconcile
      where cancel_requested_at is not null and status = 'authorized'
    ) as uncancelled
    where cancel_requested_at < now() - ${seconds} * interval '1 second'
    order by cancel_requested_at limit ${limit}`.execute(orders);
  return rows;
}

/** Orders whose capture has been unfinished for longer than `seconds`, oldest first. */
export async function findUncaptured(
  orders: Kysely<OrdersViews>,
  seconds: number,
  limit: number,
): Promise<PendingOrder[]> {
  const { rows } = await sql<PendingOrder>`
    select order_id, ${secondsSince(sql.ref('capture_requested_at'))}
    from orders_to_reconcile
    where capture_requested_at is not null and status = 'authorized'
      and capture_requested_at < now() - ${seconds} * interval '1 second'
    order by capture_requested_at limit ${limit}`.execute(orders);
  return rows;
}

/** Refunds that have been unfinished for longer than `seconds`, oldest first. */
export async function findUnrefunded(
  orders: Kysely<OrdersViews>,
  seconds: number,
  limit: number,
): Promise<PendingOrder[]> {
  const { rows } = await sql<PendingOrder>`
    select order_id, ${secondsSince(sql.ref('created_at'))}
    from refunds_to_reconcile
    where refunded_at is null and created_at < now() - ${seconds} * interval '1 second'
    order by created_at limit ${limit}`.execute(orders);
  return rows;
}

function secondsSince(time: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`extract(epoch from now() - ${time})::float8 as seconds`;
}

/** Outbox rows that are not dispatched, the first due first. */
export async function findUndispatched(
  orders: Kysely<OrdersViews>,
  limit: number,
): Promise<{ outboxId: bigint; workflowId: string; attempts: number }[]> {
  return orders
    .selectFrom('outbox')
    .select(['outboxId', 'workflowId', 'attempts'])
    .where('dispatchedAt', 'is', null)
    .orderBy('dueAt')
    .limit(limit)
    .execute();
}

/** The newest order, and whether any order or outbox row waits. It reads three rows at most. */
export async function findLatest(
  orders: Kysely<OrdersViews>,
): Promise<{ newest: string | null; isPending: boolean }> {
  const { rows } = await sql<{ newest: string | null; isPending: boolean }>`
    select (select order_id from orders_to_reconcile order by order_id desc limit 1) as newest,
           exists (select from orders_undecided) or exists (select from outbox where dispatched_at is null)
             as is_pending`.execute(orders);
  return rows[0] ?? { newest: null, isPending: true };
}

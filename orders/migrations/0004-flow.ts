import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * What the operator's view asks of orders again and again, at a cost that does not grow with them: which were decided
 * lately, and which are not decided. Orders that were placed lately are a range of their primary key (UUID v7).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Of decisions only, and filled by the consumer's batches: placing an order does not touch it.
  await sql`create index decided_lately on order_events (created_at)
    where detail ? 'eventId' and status <> 'refunded'`.execute(db);
  await sql`
    create view decided_orders as
    select order_id, orders.created_at as placed_at, order_events.created_at as decided_at
    from order_events join orders using (order_id)
    where order_events.detail ? 'eventId' and order_events.status <> 'refunded'`.execute(db);
  await sql`
    create view orders_undecided as
    select order_id, created_at as placed_at from orders where status_rank = 0`.execute(db);
  await sql`grant select on decided_orders, orders_undecided to workflows`.execute(db);
}

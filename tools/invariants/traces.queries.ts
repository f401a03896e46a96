import { sql } from 'kysely';
import type { Databases } from '#tools/load/databases.ts';

/** How many rows a user has, by table. */
export async function countTraces(databases: Databases, userId: string): Promise<Record<string, number>> {
  const { rows: inOrders } = await sql<Record<string, number>>`
    select (select count(*) from orders where user_id = ${userId})::int as orders,
           (select count(*) from order_events where user_id = ${userId})::int as order_events,
           (select count(*) from outbox where payload ->> 'userId' = ${userId})::int as outbox,
           (select count(*) from idempotency_keys where scope like ${`${userId} %`})::int as idempotency_keys`.execute(
    databases.orders,
  );
  const { rows: inPayments } = await sql<Record<string, number>>`
    select (select count(*) from accounts where user_id = ${userId})::int as accounts,
           (select count(*) from decisions where user_id = ${userId})::int as decisions,
           (select count(*) from postings where user_id = ${userId})::int as postings,
           (select count(*) from idempotency_keys
            where scope like ${`${userId} %`})::int as idempotency_keys_of_payments`.execute(
    databases.payments,
  );
  return { ...inOrders[0], ...inPayments[0] };
}

import type { System } from '#tools/testbed/system.ts';

/** How many rows a user has in every table that a request can write to. */
export async function rowsOf({ ordersDb, paymentsDb }: System, userId: string): Promise<unknown> {
  const [orders, payments] = await Promise.all([
    ordersDb.query(
      `select (select count(*) from orders where user_id = $1) as orders,
              (select count(*) from order_events where user_id = $1) as events,
              (select count(*) from outbox join orders using (order_id) where user_id = $1) as outbox,
              (select count(*) from idempotency_keys where scope like $1 || '%') as keys`,
      [userId],
    ),
    paymentsDb.query(
      `select (select count(*) from accounts where user_id = $1) as accounts,
              (select coalesce(sum(version), 0) from accounts where user_id = $1) as versions,
              (select count(*) from postings where user_id = $1) as postings,
              (select count(*) from idempotency_keys where scope like $1 || '%') as keys`,
      [userId],
    ),
  ]);
  return [orders.rows, payments.rows];
}

import { setInterval } from 'node:timers/promises';
import type pg from 'pg';
import type { OrderToDebit } from './events.ts';
import { log } from './peer-settings.ts';

/** In ms. */
const EVERY = 10_000;
const AFTER = 60_000;
const AT_ONCE = 100;

/**
 * Starts again what pays an order, when it is undecided for long: the process that stored it may have ended before it
 * started that. Where there is no outbox, nothing else would find such an order.
 * @param start must be repeatable
 */
export async function sweepUndecided(
  db: pg.Pool,
  start: (order: OrderToDebit) => Promise<unknown>,
): Promise<void> {
  await db.query(
    "create index if not exists orders_undecided on orders (created_at) where status = 'created'",
  );
  for await (const _ of setInterval(EVERY)) {
    try {
      const { rows } = await db.query<OrderToDebit>(
        `select order_id as "orderId", user_id as "userId", amount from orders
         where status = 'created' and created_at < now() - $1 * interval '1 ms' order by created_at limit $2`,
        [AFTER, AT_ONCE],
      );
      await Promise.all(rows.map(start));
    } catch (error) {
      log.warn({ err: error }, 'the sweep failed');
    }
  }
}

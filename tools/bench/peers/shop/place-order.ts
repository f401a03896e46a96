import type pg from 'pg';
import type { NewOrder } from './serve-orders.ts';

/** One statement and one commit. @returns the id of the order, or of the earlier one with the same key */
export async function placeOrder(
  db: pg.Pool,
  { orderId, userId, idempotencyKey, amount }: NewOrder,
  { toOutbox }: { toOutbox: boolean },
): Promise<string> {
  const { rows } = await db.query<{ orderId: string }>({
    name: 'place_order',
    text: 'select place_order($1, $2, $3, $4, $5) as "orderId"',
    values: [orderId, userId, idempotencyKey, amount, toOutbox],
  });
  const [row] = rows;
  if (!row) throw new Error('place_order returned nothing');
  return row.orderId;
}

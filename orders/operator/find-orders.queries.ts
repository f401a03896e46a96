import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { findOrders, toOrderReply } from '../order/order.queries.ts';
import type { OrderRow } from '../order/order.queries.ts';
import type { Database } from '../schema.ts';

/** Which orders an operator looks for. */
export interface OrderFilter {
  readonly orderId?: string | undefined;
  readonly userId?: string | undefined;
  readonly status?: OrderStatus | undefined;
}

/** Ids begin with their time, so a range of ids is a range of time. */
export interface IdRange {
  /** Both excluded. */
  readonly above: string;
  readonly below: string;
}

/** Up to `limit` orders, newest first. Each combination reads a range of one index, or of one for each status. */
export async function searchOrders(
  db: Database,
  { orderId, userId, status }: OrderFilter,
  { above, below, limit }: IdRange & { readonly limit: number },
): Promise<OrderReply[]> {
  if (orderId !== undefined) {
    const { rows } = await sql<OrderRow>`
      select * from orders where order_id = ${orderId} and order_id > ${above} and order_id < ${below}`.execute(
      db,
    );
    return rows
      .map(toOrderReply)
      .filter(
        (order) => [undefined, order.userId].includes(userId) && [undefined, order.status].includes(status),
      );
  }
  if (userId !== undefined) return findOrders(db, { userId, status, limit, cursor: below, above });
  const { rows } =
    status === undefined
      ? await sql<OrderRow>`
        select * from orders where order_id > ${above} and order_id < ${below}
        order by order_id desc limit ${limit}`.execute(db)
      : // A range of one value, as in findOrders(), of the index orders_by_status.
        await sql<OrderRow>`
        select * from orders
        where lower(status) between ${status} and ${status} and order_id > ${above} and order_id < ${below}
        order by lower(status) desc, order_id desc limit ${limit}`.execute(db);
  return rows.map(toOrderReply);
}

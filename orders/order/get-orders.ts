import type { OrderReply, Page } from '#contracts/http/orders-api.ts';
import { problems } from '#contracts/http/problems.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Database } from '../schema.ts';
import { findOrder, findOrders } from './order.queries.ts';

/** Who wants to read an order. */
export interface OrderReader {
  readonly userId: string;
  /** A merchant or an operator, who may read the orders of all customers. */
  readonly readsAll: boolean;
}

/** @throws Problem 404 `order_not_found`, the same to a customer for another's order as for none */
export async function getOrder(db: Database, reader: OrderReader, orderId: string): Promise<OrderReply> {
  const order = await findOrder(db, orderId);
  if (!order || !(reader.readsAll || order.userId === reader.userId)) throw problems.orderNotFound();
  return order;
}

/** A keyset page of the user's orders, newest first: stable while orders are being placed, unlike an offset. */
export async function listOrders(
  db: Database,
  query: { userId: string; status?: OrderStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<OrderReply>> {
  // One row more than asked for tells whether there is a next page.
  const found = await findOrders(db, { ...query, limit: query.limit + 1 });
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return { items, nextCursor: last && found.length > items.length ? last.orderId : null };
}

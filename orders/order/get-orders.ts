import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toPage } from '#contracts/http/page.ts';
import type { Page } from '#contracts/http/page.ts';
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

/** A keyset page of the user's orders, newest first. */
export async function listOrders(
  db: Database,
  query: { userId: string; status?: OrderStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<OrderReply>> {
  const found = await findOrders(db, { ...query, limit: query.limit + 1 });
  return toPage(found, query.limit, ({ orderId }) => orderId);
}

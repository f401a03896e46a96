import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toPage } from '#contracts/http/page.ts';
import type { Page } from '#contracts/http/page.ts';
import { beforeAllSince, FIRST_ID, LAST_ID } from '#contracts/values/ids.ts';
import type { Database } from '../schema.ts';
import { searchOrders } from './find-orders.queries.ts';
import type { OrderFilter } from './find-orders.queries.ts';

/** RFC 3339. */
interface PlacedWithin {
  readonly placedAfter?: string | undefined;
  readonly placedBefore?: string | undefined;
}

/** A keyset page of the orders of any customer, newest first. An order's time is that in its id. */
export async function findOrdersOfAll(
  db: Database,
  query: OrderFilter & PlacedWithin & { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<OrderReply>> {
  const { placedAfter, placedBefore, limit, cursor = LAST_ID } = query;
  const above = placedAfter === undefined ? FIRST_ID : beforeAllSince(new Date(placedAfter));
  const end = placedBefore === undefined ? LAST_ID : beforeAllSince(new Date(placedBefore));
  const below = cursor < end ? cursor : end;
  const found = await searchOrders(db, query, { above, below, limit: limit + 1 });
  return toPage(found, limit, ({ orderId }) => orderId);
}

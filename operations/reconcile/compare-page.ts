import type { Kysely } from '#platform/postgres/database.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';
import { compareOrder } from './compare-order.ts';
import type { ComparisonResult } from './comparison-result.ts';
import { findPaymentsAfter } from './payments.queries.ts';
import type { PaymentToCompare } from './payments.queries.ts';
import { findExisting, findNow, findOrdersAfter } from './reconcile.queries.ts';
import type { OrderRow } from './reconcile.queries.ts';

/** Orders, and decisions, that are read at a time. */
const PAGE = 1_000;

/** An order, or a payment without an order, and the result of the comparison. */
export interface ComparedOrder {
  readonly orderId: string;
  readonly order: OrderRow | undefined;
  readonly payment: PaymentToCompare | undefined;
  readonly result: ComparisonResult;
}

/**
 * Compares the next thousand orders by id, or fewer where there are more decisions than orders. It reads orders
 * first, since a status is always set after its decision.
 * @param grace for how long an event may be under way, in ms
 * @returns `next`: after which id the next page begins; undefined after the last page
 */
export async function comparePage(
  databases: { ordersDb: Kysely<OrdersViews>; paymentsDb: Kysely<PaymentsViews> },
  after: string,
  grace: number,
): Promise<{ compared: ComparedOrder[]; next: string | undefined }> {
  const orders = await findOrdersAfter(databases.ordersDb, after, PAGE);
  const lastOrder = orders.length === PAGE ? orders.at(-1)?.orderId : undefined;
  const range = { after, upTo: lastOrder, limit: PAGE };
  const payments = await findPaymentsAfter(databases.paymentsDb, range);
  const next = payments.length === PAGE ? payments.at(-1)?.orderId : lastOrder;
  const page = next === undefined ? orders : orders.filter(({ orderId }) => orderId <= next);

  const byOrder = new Map(payments.map((payment) => [payment.orderId, payment]));
  const bounds = { now: await findNow(databases.paymentsDb), grace };
  const compared = page.map((order) => {
    const { orderId } = order;
    const payment = byOrder.get(orderId);
    byOrder.delete(orderId);
    return { orderId, order, payment, result: compareOrder(order, payment, bounds) };
  });
  const orphans = await withoutOrder(databases.ordersDb, [...byOrder.values()]);
  const unknown = orphans.map((payment) => {
    const result = compareOrder(undefined, payment, bounds);
    return { orderId: payment.orderId, order: undefined, payment, result };
  });
  return { compared: [...compared, ...unknown], next };
}

/** Asks orders again: an order may have been placed, and decided, since the page was read. */
async function withoutOrder(
  ordersDb: Kysely<OrdersViews>,
  payments: readonly PaymentToCompare[],
): Promise<PaymentToCompare[]> {
  if (payments.length === 0) return [];
  const existing = new Set(
    await findExisting(
      ordersDb,
      payments.map(({ orderId }) => orderId),
    ),
  );
  return payments.filter(({ orderId }) => !existing.has(orderId));
}

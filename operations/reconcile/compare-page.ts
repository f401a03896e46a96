import type { QueryExecutorProvider } from 'kysely';
import { compareOrder } from './compare-order.ts';
import { findDecidedAfter, findExisting, findOrdersAfter } from './reconcile.queries.ts';
import type { DecidedRow, OrderRow } from './reconcile.queries.ts';
import type { Verdict } from './verdict.ts';

/** Orders, and decisions, that are read at a time. */
const PAGE = 1_000;

/** An order, or a decision without one, with what the comparison says. */
export interface Compared {
  readonly orderId: string;
  readonly order: OrderRow | undefined;
  readonly decided: DecidedRow | undefined;
  readonly verdict: Verdict;
}

/**
 * Compares the next thousand orders by id, or fewer where there are more decisions than orders. Orders are read first: a
 * decision precedes the status that comes of it.
 * @param patience how long an event may be under way, in ms
 * @returns where the next page begins; undefined after the last
 */
export async function comparePage(
  databases: { ordersDb: QueryExecutorProvider; paymentsDb: QueryExecutorProvider },
  after: string,
  patience: number,
): Promise<{ compared: Compared[]; next: string | undefined }> {
  const orders = await findOrdersAfter(databases.ordersDb, after, PAGE);
  const lastOrder = orders.length === PAGE ? orders.at(-1)?.orderId : undefined;
  const range = { after, upTo: lastOrder, limit: PAGE };
  const decided = await findDecidedAfter(databases.paymentsDb, range);
  const next = decided.length === PAGE ? decided.at(-1)?.orderId : lastOrder;
  const here = next === undefined ? orders : orders.filter(({ orderId }) => orderId <= next);

  const byOrder = new Map(decided.map((row) => [row.orderId, row]));
  const bounds = { now: new Date(), patience };
  const compared = here.map((order) => {
    const { orderId } = order;
    const mine = byOrder.get(orderId);
    byOrder.delete(orderId);
    return {
      orderId,
      order,
      decided: mine,
      verdict: compareOrder(order, mine, mine?.postings ?? [], bounds),
    };
  });
  const orphans = await withoutOrder(databases.ordersDb, [...byOrder.values()]);
  const unknown = orphans.map((mine) => {
    const verdict = compareOrder(undefined, mine, mine.postings, bounds);
    return { orderId: mine.orderId, order: undefined, decided: mine, verdict };
  });
  return { compared: [...compared, ...unknown], next };
}

/** Asked again: an order may have been placed, and decided, since the orders were read. */
async function withoutOrder(
  ordersDb: QueryExecutorProvider,
  rows: readonly DecidedRow[],
): Promise<DecidedRow[]> {
  if (rows.length === 0) return [];
  const existing = new Set(
    await findExisting(
      ordersDb,
      rows.map(({ orderId }) => orderId),
    ),
  );
  return rows.filter(({ orderId }) => !existing.has(orderId));
}

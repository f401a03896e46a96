import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Customer } from '#contracts/client/customer.ts';
import type { OrderReply, Page } from '#contracts/http/orders-api.ts';

// What is known of a customer's orders, by these keys; and how a change comes into it without asking for all of it again.

export const keys = {
  account: (userId: string) => ['account', userId] as const,
  statement: (userId: string) => ['statement', userId] as const,
  orders: (userId: string, status?: string) => ['orders', userId, ...(status ? [status] : [])] as const,
  order: (userId: string, orderId: string) => ['order', userId, orderId] as const,
  timeline: (userId: string, orderId: string) => ['timeline', userId, orderId] as const,
};

export type OrderPages = InfiniteData<Page<OrderReply>, string | undefined>;

/** After a break of the stream, what happened in it is not known. */
export function readAnew(queries: QueryClient, { userId }: Customer): void {
  for (const name of ['account', 'statement', 'orders', 'order', 'timeline']) {
    void queries.invalidateQueries({ queryKey: [name, userId] });
  }
}

/** The later of what was read and what is known: a reply may be older than a change that overtook it on the stream. */
export function newest(queries: QueryClient, { userId }: Customer, read: OrderReply): OrderReply {
  const known = queries.getQueryData<OrderReply>(keys.order(userId, read.orderId));
  return known && known.updatedAt > read.updatedAt ? known : read;
}

/** Shows an order as it is now wherever it is on the screen. Money is never reckoned here: it is read again. */
export function showChange(queries: QueryClient, customer: Customer, changed: OrderReply): void {
  const { userId } = customer;
  const order = newest(queries, customer, changed);
  queries.setQueryData<OrderReply>(keys.order(userId, order.orderId), order);
  queries.setQueryData<OrderPages>(keys.orders(userId), (pages) => pages && withOrder(pages, order));
  readSoon(queries, [
    keys.timeline(userId, order.orderId),
    // Those with a filter: an order comes into them, or leaves.
    ...['created', 'paid', 'failed', 'cancelled', 'refunded'].map((status) => keys.orders(userId, status)),
    ...(order.status === 'created' ? [] : [keys.account(userId), keys.statement(userId)]),
  ]);
}

function withOrder(known: OrderPages, order: OrderReply): OrderPages {
  const isThere = known.pages.some(({ items }) => items.some(({ orderId }) => orderId === order.orderId));
  const [first, ...more] = known.pages;
  if (!isThere && first) {
    // Ids sort by time. One that is older than all that is shown belongs to a page that is not read yet.
    const place = first.items.findIndex(({ orderId }) => orderId < order.orderId);
    if (place < 0 && first.items.length > 0) return known;
    const items = first.items.toSpliced(Math.max(place, 0), 0, order);
    return { ...known, pages: [{ ...first, items }, ...more] };
  }
  const pages = known.pages.map((page) => ({
    ...page,
    items: page.items.map((one) =>
      one.orderId === order.orderId && one.updatedAt <= order.updatedAt ? order : one,
    ),
  }));
  return { ...known, pages };
}

/** In ms: of many changes at once, each view is read again once. */
const COALESCE = 150;

const waiting = new Map<string, readonly unknown[]>();

function readSoon(queries: QueryClient, those: readonly (readonly unknown[])[]): void {
  if (waiting.size === 0) {
    setTimeout(() => {
      const due = [...waiting.values()];
      waiting.clear();
      for (const queryKey of due) void queries.invalidateQueries({ queryKey, exact: true });
    }, COALESCE);
  }
  for (const key of those) waiting.set(JSON.stringify(key), key);
}

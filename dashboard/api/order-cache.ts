import type { Customer } from '@gozon/client';
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { Page } from '#contracts/http/page.ts';
import { ORDER_STATUSES } from '#contracts/values/order-status.ts';

// The cached orders of a customer by key. A change is applied to the cache, so that the lists need not be read again.

export const keys = {
  account: (userId: string) => ['account', userId] as const,
  statement: (userId: string) => ['statement', userId] as const,
  orders: (userId: string, status?: string) => ['orders', userId, ...(status ? [status] : [])] as const,
  order: (userId: string, orderId: string) => ['order', userId, orderId] as const,
  refunds: (userId: string, orderId: string) => ['refunds', userId, orderId] as const,
  timeline: (userId: string, orderId: string) => ['timeline', userId, orderId] as const,
};

export type OrderPages = InfiniteData<Page<OrderReply>, string | undefined>;

/** For when changes may have been missed: after a break of the stream, or after a request without an answer. */
export function refetchCustomer(queries: QueryClient, { userId }: Customer): void {
  for (const name of ['account', 'statement', 'orders', 'order', 'refunds', 'timeline']) {
    void queries.invalidateQueries({ queryKey: [name, userId] });
  }
}

/** The later of a reply and the cached order: a change on the stream may have overtaken the reply. */
export function latestOrder(queries: QueryClient, { userId }: Customer, read: OrderReply): OrderReply {
  const known = queries.getQueryData<OrderReply>(keys.order(userId, read.orderId));
  return known && known.updatedAt > read.updatedAt ? known : read;
}

/** Applies a changed order to every view. Balances are never computed here: they are read again. */
export function applyChange(queries: QueryClient, customer: Customer, changed: OrderReply): void {
  const { userId } = customer;
  const order = latestOrder(queries, customer, changed);
  queries.setQueryData<OrderReply>(keys.order(userId, order.orderId), order);
  queries.setQueryData<OrderPages>(keys.orders(userId), (pages) => pages && withOrder(pages, order));
  refetchSoon(queries, [
    keys.timeline(userId, order.orderId),
    keys.refunds(userId, order.orderId),
    // An order enters or leaves the lists with a filter.
    ...ORDER_STATUSES.map((status) => keys.orders(userId, status)),
    ...(order.status === 'created' ? [] : [keys.account(userId), keys.statement(userId)]),
  ]);
}

function withOrder(known: OrderPages, order: OrderReply): OrderPages {
  const isThere = known.pages.some(({ items }) => items.some(({ orderId }) => orderId === order.orderId));
  const [first, ...more] = known.pages;
  if (!isThere && first) {
    // Ids sort by time. An order older than all of the list belongs to a page that has not been read.
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

/** In ms. After many changes at once, each view is read again once. */
const COALESCE_FOR = 150;

const waiting = new Map<string, readonly unknown[]>();

function refetchSoon(queries: QueryClient, queryKeys: readonly (readonly unknown[])[]): void {
  if (waiting.size === 0) {
    setTimeout(() => {
      const due = [...waiting.values()];
      waiting.clear();
      for (const queryKey of due) void queries.invalidateQueries({ queryKey, exact: true });
    }, COALESCE_FOR);
  }
  for (const key of queryKeys) waiting.set(JSON.stringify(key), key);
}

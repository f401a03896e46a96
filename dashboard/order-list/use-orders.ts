import { useQueryClient } from '@tanstack/react-query';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { keys, latestOrder } from '../api/order-cache.ts';
import { useInfiniteList } from '../api/use-infinite-list.ts';
import { useCustomer } from '../identity/customer-context.ts';

/** The customer's orders, newest first. @param status of those to be read; all without it */
export function useOrders(status?: OrderStatus) {
  const customer = useCustomer();
  const queries = useQueryClient();
  return useInfiniteList(keys.orders(customer.userId, status), async (page) => {
    const read = await customer.orders({ ...page, ...(status && { status }) });
    return { ...read, items: read.items.map((order) => latestOrder(queries, customer, order)) };
  });
}

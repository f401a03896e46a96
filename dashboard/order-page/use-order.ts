import { useQuery, useQueryClient } from '@tanstack/react-query';
import { keys, latestOrder } from '../api/order-cache.ts';
import { useCustomer } from '../identity/customer-context.ts';

/** In ms. */
const POLL_OTHERS = 3_000;

/** One order, kept up to date. @param orderId undefined while there is none */
export function useOrder(orderId: string | undefined) {
  const customer = useCustomer();
  const queries = useQueryClient();
  return useQuery({
    queryKey: keys.order(customer.userId, orderId ?? ''),
    queryFn: async () => latestOrder(queries, customer, await customer.order(orderId ?? '')),
    enabled: orderId !== undefined,
    // Another customer's, which an operator or a merchant looks at: the stream tells nothing of it.
    refetchInterval: ({ state: { data } }) => (data && data.userId !== customer.userId ? POLL_OTHERS : false),
  });
}

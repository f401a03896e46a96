import { useQuery } from '@tanstack/react-query';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { keys } from '../../api/order-cache.ts';
import { useCustomer } from '../../identity/customer-context.ts';

/** The refunds of an order that was paid. */
export function useRefunds({ orderId, status }: OrderReply) {
  const customer = useCustomer();
  return useQuery({
    queryKey: keys.refunds(customer.userId, orderId),
    enabled: status === 'paid' || status === 'refunded',
    queryFn: async () => (await customer.refunds(orderId)).items,
  });
}

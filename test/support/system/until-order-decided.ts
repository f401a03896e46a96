import type { Customer } from '@gozon/client';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { eventually } from '#tools/testbed/eventually.ts';

export async function untilOrderDecided(customer: Customer, orderId: string): Promise<OrderReply> {
  return eventually(`order ${orderId} to be decided`, async () => {
    const order = await customer.order(orderId);
    return order.status !== 'created' && order;
  });
}

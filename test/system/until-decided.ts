import type { Customer } from '#contracts/client.ts';
import type { OrderReply } from '#contracts/orders-api.ts';
import { eventually } from '../kit/eventually.ts';

export async function untilDecided(customer: Customer, orderId: string): Promise<OrderReply> {
  return eventually(`order ${orderId} to be decided`, async () => {
    const order = await customer.order(orderId);
    return order.status !== 'created' && order;
  });
}

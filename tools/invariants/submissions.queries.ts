import { sql } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Kysely } from '#platform/postgres/database.ts';

export interface OrderOfCustomer {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly description: string | null;
  readonly status: OrderStatus;
  readonly failureReason: string | null;
}

export async function findOrdersOf(
  orders: Kysely<unknown>,
  userIds: readonly string[],
): Promise<OrderOfCustomer[]> {
  const { rows } = await sql<OrderOfCustomer>`
    select order_id, user_id, amount, description, status, failure_reason
    from orders where user_id = any(${userIds}::uuid[])`.execute(orders);
  return rows;
}

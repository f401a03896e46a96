import { sql } from 'kysely';
import type { CancellationReason, OrderStatus } from '#contracts/values/order-status.ts';
import type { Kysely } from '#platform/postgres/database.ts';

export interface OrderOfCustomer {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly description: string | null;
  readonly status: OrderStatus;
  readonly failureReason: string | null;
  readonly cancellationReason: CancellationReason | null;
  /** Null of an order of which nothing was taken. */
  readonly amountCaptured: bigint | null;
  readonly amountRefunded: bigint;
  /** That of a cancel has the order's id. */
  readonly refunds: readonly StoredRefund[];
}

export interface StoredRefund {
  readonly refundId: string;
  readonly amount: number;
  readonly isMade: boolean;
}

export async function findOrdersOf(
  orders: Kysely<unknown>,
  userIds: readonly string[],
): Promise<OrderOfCustomer[]> {
  const { rows } = await sql<OrderOfCustomer>`
    select order_id, user_id, amount, description, status, failure_reason, cancellation_reason,
           case when status in ('paid', 'refunded') then coalesce(amount_captured, amount) end as amount_captured,
           amount_refunded,
           coalesce((
             select jsonb_agg(jsonb_build_object(
               'refundId', refund_id, 'amount', r.amount, 'isMade', refunded_at is not null))
             from refunds r where r.order_id = orders.order_id
           ), '[]') as refunds
    from orders where user_id = any(${userIds}::uuid[])`.execute(orders);
  return rows;
}

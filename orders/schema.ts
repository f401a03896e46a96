import type { DeclineReason, OrderStatus } from '#contracts/values/order-status.ts';

/** What kysely knows of the orders database; the migrations are its definition. */
export interface OrdersTables {
  orders: {
    orderId: string;
    userId: string;
    amount: bigint;
    currency: string;
    description: string | null;
    status: OrderStatus;
    statusRank: number;
    failureReason: DeclineReason | null;
    cancelRequestedAt: Date | null;
    createdAt: Date;
    updatedAt: Date;
  };
}

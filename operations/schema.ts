import type { Decision, OrderPayment } from '#contracts/values/decision.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';

/** What operations/ reads in the orders database: views, and the outbox. The migrations of orders define them. */
export interface OrdersViews {
  ordersToReconcile: OrderPayment & {
    status: OrderStatus;
    statusRank: number;
    failureReason: string | null;
    cancelRequestedAt: Date | null;
  };
  outbox: {
    outboxId: bigint;
    workflowId: string;
    attempts: number;
    dueAt: Date;
    dispatchedAt: Date | null;
  };
  decidedOrders: { orderId: string; placedAt: Date; decidedAt: Date };
  ordersUndecided: { orderId: string; placedAt: Date };
}

/** What operations/ reads in the payments database: views. The migrations of payments define them. */
export interface PaymentsViews {
  decisionsToReconcile: Decision;
  postingsToReconcile: {
    postingId: bigint;
    orderId: string;
    kind: 'debit' | 'refund';
    account: 'customer' | 'cash' | 'sales';
    userId: string;
    amount: bigint;
    createdAt: Date;
  };
  accountsToAudit: { userId: string; balance: bigint };
  postingsToAudit: {
    postingId: bigint;
    transferId: string;
    account: string;
    userId: string;
    amount: bigint;
    balanceAfter: bigint | null;
  };
}

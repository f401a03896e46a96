import type { Decision, OrderPayment } from '#contracts/values/decision.ts';
import type { CancellationReason, CaptureMethod, OrderStatus } from '#contracts/values/order-status.ts';
import type { PostingAccount, PostingKind } from '#contracts/values/postings.ts';

/** What operations/ reads in the orders database: views, and the outbox. The migrations of orders define them. */
export interface OrdersViews {
  ordersToReconcile: OrderPayment & {
    status: OrderStatus;
    failureReason: string | null;
    cancelRequestedAt: Date | null;
    captureMethod: CaptureMethod;
    captureBefore: Date | null;
    captureRequestedAt: Date | null;
    captureRequested: bigint | null;
    amountCaptured: bigint | null;
    amountRefunded: bigint;
    cancellationReason: CancellationReason | null;
  };
  refundsToReconcile: {
    refundId: string;
    orderId: string;
    amount: bigint;
    createdAt: Date;
    refundedAt: Date | null;
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
    kind: PostingKind;
    account: PostingAccount;
    userId: string;
    refundId: string | null;
    amount: bigint;
    createdAt: Date;
  };
  accountsToAudit: { userId: string; balance: bigint; held: bigint };
  holdsToReconcile: {
    orderId: string;
    userId: string;
    amount: bigint;
    captureBefore: Date;
    closedAt: Date | null;
    captured: bigint | null;
    releaseReason: CancellationReason | null;
  };
  refundsToReconcile: {
    refundId: string;
    orderId: string;
    userId: string;
    amount: bigint;
    total: bigint;
    refundedAt: Date;
  };
  postingsToAudit: {
    postingId: bigint;
    transferId: string;
    account: string;
    userId: string;
    amount: bigint;
    balanceAfter: bigint | null;
  };
}

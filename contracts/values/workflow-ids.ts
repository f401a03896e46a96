/**
 * What the workflow ids of an order begin with: of its payment, its cancel, and one of its refunds. The migrations of
 * orders build the same ids in SQL; test/database/orders/outbox.test.ts holds the two together.
 */
export const WORKFLOW_ID_PREFIX = { pay: 'order-', cancel: 'cancel-', refund: 'refund-' } as const;

/** The signals by which a hold is captured and released. */
export const CAPTURE_SIGNAL = 'capture';
export const RELEASE_SIGNAL = 'release';

/** The id of the workflow that pays an order, or holds its money. */
export function paymentWorkflowId(orderId: string): string {
  return `${WORKFLOW_ID_PREFIX.pay}${orderId}`;
}

/** The id of the workflow that cancels an order. */
export function cancelWorkflowId(orderId: string): string {
  return `${WORKFLOW_ID_PREFIX.cancel}${orderId}`;
}

/** The id of the workflow that makes a refund. */
export function refundWorkflowId(refundId: string): string {
  return `${WORKFLOW_ID_PREFIX.refund}${refundId}`;
}

/**
 * What the workflow ids of an order begin with, by the kind of the outbox row that asks for the workflow. The
 * migrations of orders build the same ids in SQL; test/database/orders/outbox.test.ts holds the two together.
 */
export const WORKFLOW_ID_PREFIX = { pay: 'order-', cancel: 'cancel-' } as const;

/** The id of the workflow that pays an order. */
export function paymentWorkflowId(orderId: string): string {
  return `${WORKFLOW_ID_PREFIX.pay}${orderId}`;
}

/** The id of the workflow that cancels an order. */
export function cancelWorkflowId(orderId: string): string {
  return `${WORKFLOW_ID_PREFIX.cancel}${orderId}`;
}

/** The order that a workflow of either kind is about. @throws Error for any other id */
export function orderIdOf(workflowId: string): string {
  const prefix = Object.values(WORKFLOW_ID_PREFIX).find((one) => workflowId.startsWith(one));
  if (prefix === undefined) throw new Error(`${workflowId} is not the workflow of an order`);
  return workflowId.slice(prefix.length);
}

import type { DispatchOptions, Dispatched } from '@gozon/temporal-outbox';
import type { WorkflowClient } from '@temporalio/client';
import { WORKFLOW_ID_PREFIX } from '#contracts/values/workflow-ids.ts';
import type { OrderToPay } from '#workflows/payment/activities.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';

/** Each outbox kind that starts a workflow by itself, with what begins its id. */
const PREFIX = { ...WORKFLOW_ID_PREFIX, authorize: WORKFLOW_ID_PREFIX.pay } as const;

/** Starts the workflow that pays or cancels an order, as the relay does for its outbox row. */
export async function startOrder(
  workflows: WorkflowClient,
  { traceparent, ...payload }: OrderToPay,
  kind: keyof typeof PREFIX = 'pay',
  options: DispatchOptions = {},
): Promise<Dispatched> {
  const workflowId = workflowIdOf(kind, payload.orderId);
  return PAYMENT_KINDS[kind](workflows, { workflowId, payload, traceparent }, options);
}

/** The id of the workflow that an order's row of a kind starts. */
export function workflowIdOf(kind: keyof typeof PREFIX, orderId: string): string {
  return `${PREFIX[kind]}${orderId}`;
}

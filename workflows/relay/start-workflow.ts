import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import { WorkflowIdReusePolicy, TypedSearchAttributes } from '@temporalio/common';
import { WORKFLOW_START, WORKFLOW_TASK_TIMEOUT } from '#contracts/values/deadlines.ts';
import { formatMoney } from '#contracts/values/format-money.ts';
import { CUSTOMER_ID, ORDER_ID, TASK_QUEUE } from '#temporal-config/names.ts';
import type { OrderToPay } from '../payment/activities.ts';
import type { cancelOrder } from '../payment/cancel-order.workflow.ts';
import type { payOrder } from '../payment/pay-order.workflow.ts';
import type { ClaimedRow, OutboxKind } from './outbox.queries.ts';

/** What an outbox row of each kind starts. */
const WORKFLOWS = {
  pay: { id: 'order', type: 'payOrder', says: 'Pay' },
  cancel: { id: 'cancel', type: 'cancelOrder', says: 'Cancel' },
} as const satisfies Record<OutboxKind, { id: string; type: string; says: string }>;

export interface StartedWorkflow {
  /** Null when the workflow was running already. */
  readonly runId: string | null;
  readonly eagerly: boolean | null;
}

/**
 * Starts `order-<orderId>`, or `cancel-<orderId>`. Already running is success, and a second run after a crash is harmless: money is safe in
 * Postgres alone. Hence ALLOW_DUPLICATE: Temporal forgets ids after the retention, and a terminated run must be
 * restartable.
 * @throws ServiceError when Temporal is away or refuses
 */
export async function startWorkflow(workflows: WorkflowClient, row: ClaimedRow): Promise<StartedWorkflow> {
  const order: OrderToPay = {
    orderId: row.orderId,
    userId: row.userId,
    amount: row.amount.toString(),
    currency: row.currency,
    traceparent: row.traceparent,
  };
  const workflow = WORKFLOWS[row.kind];
  try {
    const handle = await workflows.withDeadline(Date.now() + WORKFLOW_START, async () =>
      workflows.start<typeof payOrder | typeof cancelOrder>(workflow.type, {
        workflowId: `${workflow.id}-${row.orderId}`,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        taskQueue: TASK_QUEUE,
        args: [order],
        requestEagerStart: true,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        staticSummary: `${workflow.says} ${formatMoney(row.amount, row.currency)}`,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: CUSTOMER_ID, value: row.userId },
          { key: ORDER_ID, value: row.orderId },
        ]),
      }),
    );
    return { runId: handle.firstExecutionRunId, eagerly: handle.eagerlyStarted };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { runId: null, eagerly: null };
    throw error;
  }
}

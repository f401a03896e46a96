import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import { DECIDED_WITHIN } from './decided.ts';

/** The decisions that an order's payment returned: one of each run that has completed. */
export type RunDecisions = readonly DecisionPayload[];

/**
 * Waits until an order's payment has completed at least once. While its run is open, another start would change
 * nothing.
 */
export async function untilRun(
  system: Pick<System, 'temporalAddress'>,
  orderId: string,
): Promise<RunDecisions> {
  return untilMoreRuns(system, orderId, 0);
}

/**
 * Waits until an order's payment has run again since `before`, and orders has read what it reported. It may run any
 * number of times, since a start can be lost after Temporal made it, and is repeated then. Every run must return the
 * same decision.
 */
export async function untilRunAgain(
  system: Pick<System, 'temporalAddress' | 'topics'>,
  orderId: string,
  before: RunDecisions,
): Promise<void> {
  const decisions = await untilMoreRuns(system, orderId, before.length);
  assert.deepEqual(
    decisions,
    decisions.map(() => before[0]),
  );
  await eventually(
    'its report to be read',
    async () => (await system.topics.lag(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name)) === 0,
    { within: DECIDED_WITHIN },
  );
}

async function untilMoreRuns(
  { temporalAddress: address }: Pick<System, 'temporalAddress'>,
  orderId: string,
  count: number,
): Promise<RunDecisions> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    const workflowId = paymentWorkflowId(orderId);
    const query = `WorkflowId = '${workflowId}' and ExecutionStatus = 'Completed'`;
    return await eventually(
      `more than ${count} runs of ${workflowId} to complete`,
      async () => {
        const runs = await Array.fromAsync(workflow.list({ query }));
        if (runs.length <= count) return undefined;
        return Promise.all(
          runs.map(
            async ({ runId }) => workflow.getHandle(workflowId, runId).result() as Promise<DecisionPayload>,
          ),
        );
      },
      { within: DECIDED_WITHIN },
    );
  } finally {
    await connection.close();
  }
}

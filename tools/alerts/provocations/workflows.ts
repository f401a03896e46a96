import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import pMap from 'p-map';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { namespace } from '#temporal-config/namespace.ts';
import type { System } from '#tools/testbed/system.ts';
import { FORGED_TRACE, forgeCancel } from '#tools/torture/planted/provoke.ts';
import { holdOrder } from './orders.ts';
import { keepDoing } from './provocation.ts';
import type { Provoke } from './provocation.ts';

/** In s. */
const SHORT_HOLD = 2;

/** The workflow that waits for the end of a hold is terminated. */
export const terminateHold: Provoke = async ({ system }) => {
  const { orderId } = await holdOrder(system, SHORT_HOLD);
  await withWorkflows(system, async (workflows) =>
    workflows.getHandle(paymentWorkflowId(orderId)).terminate('an alert is tried'),
  );
};

/** Somebody who reaches Temporal starts a workflow that orders did not ask for. */
export const forgeWorkflow: Provoke = async ({ system }) => forgeCancel({ system });

/** So many that each of the 200 slots is taken four times, for the 4 s that a step is tried within a task. */
const FLOOD = 800;
const AT_ONCE = 50;
/** Between two floods, in ms. */
const REST = 10_000;

/** While payments' database is silent, somebody who reaches Temporal starts more workflows than a worker has slots. */
export const floodWorker: Provoke = async ({ system }, healing) => {
  const { workflowsToPaymentsDb: link } = system.links;
  healing.defer(async () => link.heal('goes on'));
  link.halfOpen();
  const flood = async () =>
    withWorkflows(system, async (workflows) =>
      pMap(Array.from({ length: FLOOD }), async () => startForged(workflows), { concurrency: AT_ONCE }),
    );
  await flood();
  keepDoing(healing, REST, flood);
};

async function startForged(workflows: WorkflowClient): Promise<void> {
  const orderId = randomUUID();
  const order = { orderId, userId: randomUUID(), amount: '1', currency: 'EUR', signature: 'forged' };
  await workflows.start('payOrder', {
    workflowId: `forged-${orderId}`,
    taskQueue: TASK_QUEUE,
    args: [{ ...order, traceparent: FORGED_TRACE }],
  });
}

async function withWorkflows(
  { temporalAddress }: System,
  use: (workflows: WorkflowClient) => Promise<unknown>,
): Promise<void> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    await use(new Client({ connection, namespace: namespace.name }).workflow);
  } finally {
    await connection.close();
  }
}

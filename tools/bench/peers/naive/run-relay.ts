import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import type { OrderToDebit } from '../shop/events.ts';
import { READY, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { ordersOutbox, runRelay } from '../shop/relay.ts';
import type { payNaively } from './naive.workflow.ts';

/** Often enough that its mean delay is of the size of a workflow's own. */
const POLL_EVERY = 100;
const BATCH = 100;

const { ordersUrl, peer: taskQueue, temporal: address, namespace } = readPeerSettings();
const { workflow } = new Client({ connection: await Connection.connect({ address }), namespace });

async function start(order: OrderToDebit): Promise<void> {
  try {
    await workflow.start<typeof payNaively>('payNaively', {
      workflowId: order.orderId,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      taskQueue,
      args: [order],
    });
  } catch (error) {
    // The relay died before it marked the row.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

console.log(READY);
await runRelay({
  ...ordersOutbox(openPool(ordersUrl), BATCH),
  pause: async () => sleep(POLL_EVERY),
  dispatch: async (orders) => Promise.all(orders.map(start)),
});

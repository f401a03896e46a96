import { json } from 'node:stream/consumers';
// HTTP front, client and worker in one process and on one connection, so that starts are eager.
import { fileURLToPath } from 'node:url';
import { createFairLimit } from '@gozon/timing';
import { Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import pMap from 'p-map';
import { v5, NIL } from 'uuid';
import { newId } from '#contracts/values/ids.ts';
import { READY, readPeerSettings } from '../shop/peer-settings.ts';
import { serveOrders } from '../shop/serve-orders.ts';
import type { NewOrder } from '../shop/serve-orders.ts';
import type { payBarely } from './bare.workflow.ts';

const decidedAt = new Map<string, number>();
const inFlight = new Map<string, () => void>();
const activities = {
  async debit(_orderId: string) {},
  /** The end of it. To ask for the result of the workflow instead would cost a tenth of the rate. */
  async report(orderId: string) {
    decidedAt.set(orderId, Date.now());
    inFlight.get(orderId)?.();
    inFlight.delete(orderId);
  },
};
export type BareActivities = typeof activities;

/** Those of the product: with fewer slots than workflows in flight, starts are not eager. */
const TUNED = {
  maxConcurrentWorkflowTaskExecutions: 200,
  maxConcurrentLocalActivityExecutions: 200,
  maxCachedWorkflows: 1_000,
};
const IN_FLIGHT = 64;

const { peer: taskQueue, temporal: address, namespace, port } = readPeerSettings();
const tuned = process.env['TUNED'] === 'true';
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('bare.workflow.ts', import.meta.url)),
  activities,
  ...(tuned && TUNED),
});
const { workflow } = new Client({ connection, namespace });
const limit = createFairLimit({ most: IN_FLIGHT, each: IN_FLIGHT });
const { signal } = new AbortController();

/** Resolves when Temporal has acknowledged the start, with what resolves when the order is decided. */
async function start(workflowId: string): Promise<{ decided: Promise<void> }> {
  const decided = new Promise<void>((resolve) => {
    const earlier = inFlight.get(workflowId);
    inFlight.set(workflowId, () => {
      earlier?.();
      resolve();
    });
  });
  try {
    await workflow.start<typeof payBarely>('payBarely', {
      workflowId,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      taskQueue,
      args: [workflowId],
      requestEagerStart: true,
    });
    return { decided };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { decided: Promise.resolve() };
  }
}

/** Answers when the start is acknowledged. There is no outbox: while too many are in flight, the request waits. */
async function place({ orderId, userId, idempotencyKey }: NewOrder): Promise<string> {
  const workflowId = idempotencyKey === undefined ? orderId : v5(`${userId} ${idempotencyKey}`, NIL);
  if (!tuned) {
    await start(workflowId);
    return workflowId;
  }
  const { promise: acknowledged, resolve, reject } = Promise.withResolvers<string>();
  const pay = async () => {
    const { decided } = await start(workflowId);
    resolve(workflowId);
    await decided;
  };
  limit.run('', pay, signal).catch(reject);
  return acknowledged;
}

/** Without HTTP. @returns how long it took, in ms */
async function executeDirectly(count: number, atOnce: number): Promise<number> {
  const began = performance.now();
  const execute = async () => {
    const { decided } = await start(newId());
    await decided;
  };
  await pMap(Array.from({ length: count }), execute, { concurrency: atOnce });
  return performance.now() - began;
}

const running = worker.run();
await serveOrders(port, place, (router) => {
  router.post('/decided', async (ctx) => {
    const orderIds = (await json(ctx.req)) as string[];
    ctx.body = orderIds.flatMap((orderId) => {
      const at = decidedAt.get(orderId);
      return at === undefined ? [] : [[orderId, at]];
    });
  });
  router.post('/directly', async (ctx) => {
    const { count, atOnce } = (await json(ctx.req)) as { count: number; atOnce: number };
    ctx.body = await executeDirectly(count, atOnce);
  });
});
console.log(READY);
await running;

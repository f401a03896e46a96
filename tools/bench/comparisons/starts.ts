import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { newId } from '#contracts/values/ids.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { distribution } from '#tools/load/generate/percentiles.ts';
import type { OrderToPay } from '#workflows/payment/activities.ts';
import { startWorkflow } from '#workflows/relay/start-workflow.ts';
import type { Comparison } from '../compare.ts';
import type { Rig } from '../open-rig.ts';
import { openWorker } from '../open-worker.ts';
import type { payOrdinarily } from '../ordinary.workflow.ts';
import { TRACEPARENT } from '../trace.ts';
import { rateOf } from '../work.ts';

const ONE_BY_ONE = 15;
const BURST = 80;
const AT_ONCE = 24;
const ORDINARY_QUEUE = 'bench-ordinary';

/** From the start of a workflow to its acknowledged report: eagerly or not, in local activities or ordinary ones. */
export async function compareStarts(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const worker = await openWorker(rig, stack);
  const apart = await Connection.connect({ address: rig.temporal });
  stack.defer(async () => apart.close());
  const { workflow } = new Client({ connection: apart, namespace: namespace.name });
  await openOrdinaryWorker(rig, worker.activities, stack);
  const userId = await rig.openCustomer();

  const waiting = new Map<string, () => void>();
  worker.onReported = (orderId) => waiting.get(orderId)?.();
  const payBy = (start: (order: OrderToPay) => Promise<unknown>) => async () => {
    const order = { orderId: newId(), userId, amount: '1', currency: 'EUR', traceparent: TRACEPARENT };
    const reported = new Promise<void>((resolve) => waiting.set(order.orderId, resolve));
    await Promise.all([start(order), reported]);
    waiting.delete(order.orderId);
  };
  const eagerly = payBy(async (order) =>
    startWorkflow(worker.client.workflow, {
      ...order,
      outboxId: 0n,
      kind: 'pay',
      amount: BigInt(order.amount),
      attempts: 0,
      sweeps: 0,
    }),
  );
  const notEagerly = payBy(async (order) =>
    workflow.start('payOrder', {
      workflowId: `order-${order.orderId}`,
      taskQueue: TASK_QUEUE,
      args: [order],
    }),
  );
  const ordinarily = payBy(async (order) =>
    workflow.start<typeof payOrdinarily>('payOrdinarily', {
      workflowId: `ordinary-${order.orderId}`,
      taskQueue: ORDINARY_QUEUE,
      args: [order],
    }),
  );
  const others = [
    ['not-eager', 'not eagerly', notEagerly],
    ['ordinary', 'ordinary activities', ordinarily],
  ] as const;
  return others.flatMap(([name, label, pay]) => [
    {
      name: `${name}-latency`,
      question: `A workflow started eagerly with local activities, or ${label}: start to report, one at a time`,
      unit: 'ms',
      a: { label: 'eager, local', round: async () => latency(eagerly) },
      b: { label, round: async () => latency(pay) },
    },
    {
      name: `${name}-rate`,
      question: `The same, ${AT_ONCE} at a time`,
      unit: 'orders/s',
      a: { label: 'eager, local', round: async () => rateOf(BURST, AT_ONCE, eagerly) },
      b: { label, round: async () => rateOf(BURST, AT_ONCE, pay) },
    },
  ]);
}

async function latency(pay: () => Promise<void>): Promise<number> {
  const samples: number[] = [];
  for (let turn = 0; turn < ONE_BY_ONE; turn++) {
    const began = performance.now();
    await pay();
    samples.push(performance.now() - began);
  }
  return distribution(samples)?.p50 ?? Number.NaN;
}

async function openOrdinaryWorker(rig: Rig, activities: object, stack: AsyncDisposableStack): Promise<void> {
  const connection = await NativeConnection.connect({ address: rig.temporal });
  stack.defer(async () => connection.close());
  const worker = await Worker.create({
    connection,
    namespace: namespace.name,
    taskQueue: ORDINARY_QUEUE,
    workflowsPath: fileURLToPath(new URL('../ordinary.workflow.ts', import.meta.url)),
    activities,
    maxConcurrentWorkflowTaskExecutions: 200,
    maxConcurrentActivityTaskExecutions: 200,
  });
  const running = worker.run();
  stack.defer(async () => {
    worker.shutdown();
    await running;
  });
}

import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { newId } from '#contracts/values/ids.ts';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { distribution } from '#tools/load/generate/percentiles.ts';
import { toWish } from '#tools/testbed/signing.ts';
import type { OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';
import { observeActivities } from '#workflows/payment/observe-activities.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';
import { bundleWorkflows, createPaymentWorker } from '#workflows/worker.ts';
import { log } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import type { Comparison } from './compare.ts';
import { openActivities } from './open-activities.ts';
import type { payOrdinarily } from './ordinary.workflow.ts';
import { rateOf } from './rate-of.ts';
import { TRACEPARENT } from './trace.ts';

const ONE_BY_ONE = 15;
const BURST = 80;
const AT_ONCE = 24;
const ORDINARY_QUEUE = 'bench-ordinary';
/** In ms: a workflow that fails never reports. */
const DEADLINE = 30_000;

/** From the start of a workflow to its acknowledged report: eagerly or not, in local activities or ordinary ones. */
export async function compareStarts(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const activities = openActivities(rig, stack);
  const reports = new EventEmitter();
  reports.setMaxListeners(AT_ONCE);
  const observer = observeActivities({
    log,
    onTried: () => {},
    onReported: (workflowId) => void reports.emit(workflowId),
  });
  const open = { activities, observer, rig, stack };
  const worker = await openPaymentWorker(open);
  const apart = await Connection.connect({ address: rig.temporal });
  stack.defer(async () => apart.close());
  const { workflow } = new Client({ connection: apart, namespace: namespace.name });
  await openOrdinaryWorker(open);
  const userId = await rig.openCustomer();
  const [key = ''] = rig.signingKeys;

  const payBy = (start: (workflowId: string, order: OrderToPay) => Promise<unknown>) => async () => {
    const wish = toWish('pay', { orderId: newId(), userId, amount: 1n, currency: 'EUR' }, key);
    const order = { ...wish, amount: String(wish.amount), traceparent: TRACEPARENT };
    const workflowId = paymentWorkflowId(order.orderId);
    const reported = once(reports, workflowId, { signal: AbortSignal.timeout(DEADLINE) });
    await Promise.all([start(workflowId, order), reported]);
  };
  const eagerly = payBy(async (workflowId, { traceparent, ...payload }) =>
    PAYMENT_KINDS.pay(worker.workflow, { workflowId, payload, traceparent }),
  );
  const notEagerly = payBy(async (workflowId, order) =>
    workflow.start('payOrder', { workflowId, taskQueue: TASK_QUEUE, args: [order] }),
  );
  const ordinarily = payBy(async (workflowId, order) =>
    workflow.start<typeof payOrdinarily>('payOrdinarily', {
      workflowId,
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

interface WorkerOptions {
  readonly activities: PaymentActivities;
  readonly observer: ReturnType<typeof observeActivities>;
  readonly rig: Rig;
  readonly stack: AsyncDisposableStack;
}

/**
 * The product's worker without its relay: here the starts are measured. @returns a client on its connection, for eager
 * starts
 */
async function openPaymentWorker({ activities, observer, rig, stack }: WorkerOptions): Promise<Client> {
  const connection = await openConnection(rig, stack);
  const workflowBundle = await bundleWorkflows(log);
  const options = { connection, namespace: namespace.name, workflowBundle, activities, observer };
  run(await createPaymentWorker(options), stack);
  return new Client({ connection, namespace: namespace.name });
}

async function openOrdinaryWorker({ activities, observer, rig, stack }: WorkerOptions): Promise<void> {
  const worker = await Worker.create({
    connection: await openConnection(rig, stack),
    namespace: namespace.name,
    taskQueue: ORDINARY_QUEUE,
    workflowsPath: fileURLToPath(new URL('./ordinary.workflow.ts', import.meta.url)),
    activities: { ...activities },
    interceptors: { activity: [observer] },
    maxConcurrentWorkflowTaskExecutions: 200,
    maxConcurrentActivityTaskExecutions: 200,
  });
  run(worker, stack);
}

async function openConnection({ temporal }: Rig, stack: AsyncDisposableStack): Promise<NativeConnection> {
  const connection = await NativeConnection.connect({ address: temporal });
  stack.defer(async () => connection.close());
  return connection;
}

function run(worker: Worker, stack: AsyncDisposableStack): void {
  const running = worker.run();
  stack.defer(async () => {
    worker.shutdown();
    await running;
  });
}

import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { cancelPayment } from '#payments/cancel-payment.ts';
import { debitAccount } from '#payments/debit-account.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { namespace } from '#temporal-config/namespace.ts';
import type { PaymentActivities } from '#workflows/payment/activities.ts';
import { observeActivities } from '#workflows/payment/observe-activities.ts';
import { createPaymentActivities, publish } from '#workflows/payment/payment-activities.ts';
import { bundleWorkflows, createPaymentWorker, installTemporalRuntime } from '#workflows/worker.ts';
import { log } from './open-rig.ts';
import type { Rig } from './open-rig.ts';

export interface RunningWorker {
  /** On the worker's own connection, as an eager start wants it. */
  readonly client: Client;
  readonly activities: PaymentActivities;
  readonly observer: ReturnType<typeof observeActivities>;
  /** Called with the id of each workflow whose report Kafka has acknowledged. */
  onReported: (workflowId: string) => void;
}

let installed = false;

/** The product's own worker and activities, on the rig's parts. */
export async function openWorker(rig: Rig, stack: AsyncDisposableStack): Promise<RunningWorker> {
  if (!installed) installTemporalRuntime(log);
  installed = true;
  const producer = stack.use(openProducer(rig.kafka));
  const connection = await NativeConnection.connect({ address: rig.temporal });
  stack.defer(async () => connection.close());
  const running: RunningWorker = {
    client: new Client({ connection, namespace: namespace.name }),
    activities: createPaymentActivities({
      debit: async (order) => debitAccount(rig.paymentsDb, order),
      cancel: async (order) => cancelPayment(rig.paymentsDb, order),
      publish: async (event) => publish(producer, event),
    }),
    observer: observeActivities({
      log,
      onTried: () => {},
      onReported: (workflowId) => running.onReported(workflowId),
    }),
    onReported: () => {},
  };
  const worker = await createPaymentWorker({
    connection,
    namespace: namespace.name,
    workflowBundle: await bundleWorkflows(log),
    activities: running.activities,
    observer: running.observer,
  });
  const ended = worker.run();
  stack.defer(async () => {
    worker.shutdown();
    await ended;
  });
  return running;
}

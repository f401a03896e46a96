import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { newId } from '#contracts/values/ids.ts';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import type { PaymentActivities } from '#workflows/payment/activities.ts';
import { createPaymentWorker } from '#workflows/worker.ts';
import type { PaymentWorkerOptions } from '#workflows/worker.ts';
import { infrastructure } from '../infrastructure.ts';
import { orUnexpected } from './unexpected-activities.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** The real server, in a namespace of the suite's own; client and workers share one connection, as when deployed. */
export interface DevServer extends AsyncDisposable {
  readonly client: Client;
  readonly access: TemporalAccess;
  readonly namespace: string;
  /** Not running yet. Of the workflows as they are now, unless others are given. */
  worker(
    activities: Partial<PaymentActivities>,
    options?: Partial<Pick<PaymentWorkerOptions, 'workflowBundle' | 'cachedWorkflows'>>,
  ): ReturnType<typeof createPaymentWorker>;
}

/**
 * @param address host:port, when it is to be reached through something else than directly
 * @param server host:port of a server of the suite's own
 */
export async function openDevServer({
  server = infrastructure().temporal,
  address = server,
}: { server?: string; address?: string } = {}): Promise<DevServer> {
  const namespace = `test-${newId()}`;
  const bundle = await workflowBundle();
  await configureTemporal({ address: server, namespace });
  const connection = await NativeConnection.connect({ address });
  return {
    access: { address, tls: false },
    namespace,
    client: new Client({ connection, namespace }),
    worker: async (activities, options) =>
      createPaymentWorker({
        connection,
        namespace,
        workflowBundle: bundle,
        activities: orUnexpected(activities),
        ...options,
      }),
    [Symbol.asyncDispose]: async () => connection.close(),
  };
}

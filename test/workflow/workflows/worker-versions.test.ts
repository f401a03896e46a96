import assert from 'node:assert/strict';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { complete } from '#test/support/workflow/relay-rig.ts';
import { startOrder, workflowIdOf } from '#test/support/workflow/start-order.ts';
import { dueOrder } from '#test/support/workflow/time-skipping.ts';
import { orUnexpected } from '#test/support/workflow/unexpected-activities.ts';
import { workflowBundle } from '#test/support/workflow/workflow-bundle.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { shareOfStarts } from '#workflows/worker-version.ts';
import { createPaymentWorker } from '#workflows/worker.ts';

const deploymentName = 'payments';

describe('a worker of a version', function () {
  this.timeout(90_000);
  const stack = new AsyncDisposableStack();
  let server: DevServer;
  /** The version of each worker that has debited. */
  const debitedBy: string[] = [];
  let clients: Record<'v1' | 'v2', Client>;
  before('no version has polled', async () => {
    server = stack.use(await openDevServer());
    assert.equal(await shareOf('v1'), 'none');
  });
  before('two versions poll', async () => {
    clients = { v1: await runWorker('v1'), v2: await runWorker('v2') };
  });
  after(async () => stack.disposeAsync());

  async function runWorker(buildId: string): Promise<Client> {
    const { access, namespace } = server;
    const connection = await NativeConnection.connect({ address: access.address });
    stack.defer(async () => connection.close());
    const worker = await createPaymentWorker({
      connection,
      namespace,
      workflowBundle: await workflowBundle(),
      version: { deploymentName, buildId },
      activities: orUnexpected({
        async debit(order) {
          debitedBy.push(buildId);
          return complete(order);
        },
        report: async () => {},
      }),
    });
    const running = worker.run();
    stack.defer(async () => {
      worker.shutdown();
      await running;
    });
    return new Client({ connection, namespace });
  }

  async function shareOf(buildId: string) {
    return shareOfStarts(server.client.connection, server.namespace, { deploymentName, buildId });
  }

  async function route(request: 'Current' | 'Ramping', buildId: string, percentage = 0): Promise<void> {
    const { workflowService } = server.client;
    const which = { namespace: server.namespace, deploymentName, buildId };
    await eventually(`Temporal to know workers of ${buildId}`, async () =>
      request === 'Current'
        ? workflowService.setWorkerDeploymentCurrentVersion(which)
        : workflowService.setWorkerDeploymentRampingVersion({ ...which, percentage }),
    );
  }

  it('has a share of the new workflows: none, all, or some while another one is ramped up', async () => {
    await route('Current', 'v1');
    assert.deepEqual([await shareOf('v1'), await shareOf('v2')], ['all', 'none']);
    await route('Ramping', 'v2', 20);
    assert.deepEqual([await shareOf('v1'), await shareOf('v2')], ['some', 'some']);
    await route('Current', 'v2');
    assert.deepEqual([await shareOf('v1'), await shareOf('v2')], ['none', 'all']);
  });

  it('is given an eager start on its connection by Temporal, though another version is current', async () => {
    await route('Current', 'v1');
    debitedBy.length = 0;
    const { outcome } = await start();
    assert.deepEqual([outcome, debitedBy], ['eager', ['v2']], 'then the relay need not ask for its share');
  });

  it('is given no start that is not eager, unless its version is current', async () => {
    await route('Current', 'v1');
    debitedBy.length = 0;
    const { outcome } = await start({ eagerly: false });
    assert.deepEqual([outcome, debitedBy], ['not_eager', ['v1']]);
  });

  async function start(options?: { eagerly: boolean }) {
    const order = dueOrder();
    const { outcome } = await startOrder(clients.v2.workflow, order, 'pay', options);
    await server.client.workflow.getHandle(workflowIdOf('pay', order.orderId)).result();
    return { outcome };
  }
});

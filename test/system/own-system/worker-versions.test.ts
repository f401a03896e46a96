import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { execa } from 'execa';
import { namespace } from '#temporal-config/namespace.ts';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { assertInvariants } from '#test/support/system/invariants.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { temporalCli } from '#tools/stack/components/temporal.ts';
import type { Component } from '#tools/testbed/component.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';
import type { System } from '#tools/testbed/system.ts';

const DEPLOYMENT = 'payments';
const { ROUTING_CONFIG_UPDATE_STATE_COMPLETED: COMPLETED } =
  proto.temporal.api.enums.v1.RoutingConfigUpdateState;
const settingsOf = (buildId: string) => ({
  TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT,
  TEMPORAL_WORKER_BUILD_ID: buildId,
});

/** A system of its own: Temporal keeps the versions of workers, and workers without one get nothing beside them. */
describe('an upgrade with workers of both versions polling', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  const stack = new AsyncDisposableStack();
  let system: System;
  let temporal: Connection;
  let customer: Customer;
  let newer: Component;
  before('both versions poll, and v1 is current', async () => {
    system = stack.use(
      await startTestSystem({ tell: (name) => (name === 'workflows' ? settingsOf('v1') : {}) }),
    );
    temporal = await Connection.connect({ address: system.temporalAddress });
    stack.defer(async () => temporal.close());
    await setCurrentVersion('v1');
    newer = stack.use(await startExtraProcess(system, 'workflows', settingsOf('v2')));
    await untilPolling('v2');
    customer = await openCustomer(system, 1_000_000n);
  });
  after('every invariant holds', async () => {
    try {
      await assertInvariants(system);
    } finally {
      await stack.disposeAsync();
    }
  });

  /** As docs/operations/upgrades.md says. */
  async function setCurrentVersion(buildId: string): Promise<void> {
    await untilPolling(buildId);
    const which = ['--deployment-name', DEPLOYMENT, '--build-id', buildId];
    const where = ['--address', system.temporalAddress, '--namespace', namespace.name];
    const command = ['worker', 'deployment', 'set-current-version', '--yes', ...which, ...where];
    const env = { TEMPORAL_DISABLE_CONFIG_FILE: 'true' };
    await execa(temporalCli(system.settings), command, { env, extendEnv: false });
    await eventually(
      'the task queues to know it',
      async () => {
        const { workerDeploymentInfo: info } = await temporal.workflowService.describeWorkerDeployment({
          namespace: namespace.name,
          deploymentName: DEPLOYMENT,
        });
        // Completed is also what it says of the version before.
        const current = info?.routingConfig?.currentDeploymentVersion?.buildId;
        return current === buildId && info?.routingConfigUpdateState === COMPLETED;
      },
      { within: DECIDED_WITHIN },
    );
  }

  async function untilPolling(buildId: string): Promise<void> {
    await eventually(`workers of ${buildId} to poll`, async () => {
      const { workerDeploymentVersionInfo: info } =
        await temporal.workflowService.describeWorkerDeploymentVersion({
          namespace: namespace.name,
          deploymentVersion: { deploymentName: DEPLOYMENT, buildId },
        });
      return (info?.taskQueueInfos?.length ?? 0) > 0;
    });
  }

  /** Which version carried out each workflow task of an order's payment, once none is under way. */
  async function versionsOf(orderId: string): Promise<string[]> {
    const { workflow } = new Client({ connection: temporal, namespace: namespace.name });
    return eventually('no workflow task to be under way', async () => {
      const { events } = await workflow.getHandle(`order-${orderId}`).fetchHistory();
      const tasks = (events ?? []).filter(
        (event) =>
          event.workflowTaskScheduledEventAttributes ??
          event.workflowTaskStartedEventAttributes ??
          event.workflowTaskCompletedEventAttributes,
      );
      // What it reports is seen before the task that reports it ends.
      if (!tasks.at(-1)?.workflowTaskCompletedEventAttributes) return false;
      return tasks.flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
        task ? [task.deploymentVersion?.buildId ?? 'none'] : [],
      );
    });
  }

  /** How many workflows a copy has started, eagerly or not. */
  async function startsOf({ url }: Component, outcome: 'eager' | 'not_eager'): Promise<number> {
    const page = await (await fetch(`${url}/metrics`)).text();
    const [, count = '0'] =
      new RegExp(`^relay_dispatches_total\\{kind="pay",outcome="${outcome}"\\} (\\d+)`, 'm').exec(page) ?? [];
    return Number(count);
  }

  async function pay(): Promise<string> {
    const { orderId } = await customer.placeOrder({ amount: 100n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid', {
      within: DECIDED_WITHIN,
    });
    return orderId;
  }

  async function reserve(): Promise<string> {
    const { orderId } = await customer.placeOrder({ amount: 100n, captureMethod: 'manual' });
    await eventually(
      'it to be authorized',
      async () => (await customer.order(orderId)).status === 'authorized',
      { within: DECIDED_WITHIN },
    );
    return orderId;
  }

  async function capture(orderId: string): Promise<void> {
    await customer.captureOrder(orderId);
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid', {
      within: DECIDED_WITHIN,
    });
  }

  /** Pays orders until a copy has started one of them in this way. */
  async function payUntilStarted(copy: Component, outcome: 'eager' | 'not_eager'): Promise<string[]> {
    const before = await startsOf(copy, outcome);
    const paid: string[] = [];
    await eventually(
      `${copy.url} to start one: ${outcome}`,
      async () => {
        paid.push(await pay());
        return (await startsOf(copy, outcome)) > before;
      },
      { within: 30_000 },
    );
    return paid;
  }

  it('gives nothing to the new one until it is current, also when its relay starts the workflow', async () => {
    const paid = [
      ...(await payUntilStarted(newer, 'not_eager')),
      ...(await payUntilStarted(system.service('workflows'), 'eager')),
    ];
    for (const orderId of paid) assert.deepEqual(new Set(await versionsOf(orderId)), new Set(['v1']));
    assert.equal(await startsOf(newer, 'eager'), 0);
  });

  it('lets the new one go on with what the old one began, and start the rest', async () => {
    const orderId = await reserve();
    assert.deepEqual(new Set(await versionsOf(orderId)), new Set(['v1']));
    await setCurrentVersion('v2');
    await capture(orderId);
    assert.equal((await versionsOf(orderId)).at(-1), 'v2');
    await payUntilStarted(system.service('workflows'), 'not_eager');
    await payUntilStarted(newer, 'eager');
    const [last = ''] = await payUntilStarted(newer, 'eager');
    assert.deepEqual(new Set(await versionsOf(last)), new Set(['v2']));
  });

  it('goes back to the old one, which goes on with what the new one began', async () => {
    const orderId = await reserve();
    assert.deepEqual(new Set(await versionsOf(orderId)), new Set(['v2']));
    await setCurrentVersion('v1');
    await capture(orderId);
    assert.equal((await versionsOf(orderId)).at(-1), 'v1');
  });
});

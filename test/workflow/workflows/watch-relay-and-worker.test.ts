import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';
import { watchRelayAndWorker } from '#workflows/watch-relay-and-worker.ts';

describe('the watchdog of relay and worker', function () {
  this.timeout(90_000);
  let rig: RelayRig;
  before(async () => {
    rig = await openRelayRig();
  });
  after(async () => rig[Symbol.asyncDispose]());

  /** As if the orders had been waiting for a minute. */
  const age = async () =>
    sql`update outbox set due_at = now() - interval '1 minute' where dispatched_at is null`.execute(
      rig.shop.db,
    );
  /** Finds out within 1.2 s, and tells instead of ending the process. */
  function noteStuck() {
    const errors: Error[] = [];
    return { errors, stuck: { limit: 1_200, onStuck: (error: Error) => errors.push(error) } };
  }

  it('finds a relay stuck that starts nothing although rows are overdue and Temporal answers', async () => {
    const { errors, stuck } = noteStuck();
    await rig.run({ limit: 1, isDeaf: true, stuck }, async ({ health }) => {
      // Its one slot is held by a workflow whose end it does not hear of.
      const [first = ''] = await rig.place(1);
      await rig.untilDispatched([first]);
      await rig.place(1);
      await age();
      await eventually('the relay to be found stuck', () => errors.length > 0);
      assert.match(errors[0]?.message ?? '', /^the relay is stuck/);
      const { roles } = await health.report();
      assert.equal(roles['relay progress']?.ready, false);
      assert.equal(roles['worker progress']?.ready, true);
    });
  });

  it('finds nothing stuck while the relay starts what there is', async () => {
    const { errors, stuck } = noteStuck();
    await rig.run({ stuck }, async (run) => {
      for (let round = 0; round < 5; round++) {
        const orderIds = await rig.place(2);
        await age();
        run.wakeUp.set();
        await rig.untilDispatched(orderIds);
      }
      assert.deepEqual(errors, []);
    });
  });

  it('finds a worker stuck that tries nothing although tasks wait for its version and Temporal answers', async () => {
    const { errors, stuck } = noteStuck();
    const ofAnother = noteStuck();
    const health = createHealth();
    const options = {
      ordersDb: rig.shop.workflowsDb,
      kinds: Object.keys(PAYMENT_KINDS),
      access: rig.server.access,
      namespace: rig.server.namespace,
      health,
      log: createLogger('test', 'silent'),
      tried: { dispatches: 0, activities: 0 },
    };
    const version = { deploymentName: 'payments', buildId: 'not current' };
    // The first to find it, if it did.
    await using _another = watchRelayAndWorker({
      ...options,
      ...ofAnother.stuck,
      version,
      health: createHealth(),
    });
    await using _watched = watchRelayAndWorker({ ...options, ...stuck });
    // There is none at all, which is as stuck as can be.
    await rig.server.client.workflow.start('payOrder', {
      workflowId: 'nobody-takes-it',
      taskQueue: 'order-payments',
      args: [],
    });
    await eventually('the worker to be found stuck', () => errors.length > 0, { within: 60_000 });
    assert.match(errors[0]?.message ?? '', /^the worker is stuck/);
    assert.deepEqual(ofAnother.errors, []);
    assert.equal((await health.report()).roles['worker progress']?.ready, false);
  });
});

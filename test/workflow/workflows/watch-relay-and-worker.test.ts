import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig, RelayRun } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';
import { watchRelayAndWorker } from '#workflows/watch-relay-and-worker.ts';

describe('relay and worker, watched', function () {
  this.timeout(90_000);
  let rig: RelayRig;
  before(async () => {
    rig = await openRelayRig();
  });
  after(async () => rig[Symbol.asyncDispose]());

  function watch(tried: { dispatches: number; activities: number }) {
    const errors: Error[] = [];
    const health = createHealth();
    const watchdogs = watchRelayAndWorker({
      ordersDb: rig.shop.workflowsDb,
      kinds: Object.keys(PAYMENT_KINDS),
      access: { address: infrastructure().temporal, tls: false },
      namespace: rig.server.namespace,
      health,
      log: createLogger('test', 'silent'),
      tried,
      limit: 1_200,
      onStuck: (error) => errors.push(error),
    });
    return { watchdogs, errors, health };
  }
  /** As if the orders had been waiting for a minute. */
  const age = async () =>
    sql`update outbox set due_at = now() - interval '1 minute' where dispatched_at is null`.execute(
      rig.shop.db,
    );
  const startsOf = (run: RelayRun) => ({
    get dispatches() {
      return run.tried;
    },
    activities: 0,
  });

  it('a relay is stuck that starts nothing although rows are overdue and Temporal answers', async () => {
    await rig.run({ limit: 1, isDeaf: true }, async (run) => {
      // Its one slot is held by a workflow whose end it does not hear of.
      const [first = ''] = await rig.place(1);
      await rig.untilDispatched([first]);
      const { watchdogs, errors, health } = watch(startsOf(run));
      await using _watchdogs = watchdogs;
      await rig.place(1);
      await age();
      await eventually('the relay to be found stuck', () => errors.length > 0);
      assert.match(errors[0]?.message ?? '', /^the relay is stuck/);
      const { roles } = await health.report();
      assert.equal(roles['relay progress']?.ready, false);
      assert.equal(roles['worker progress']?.ready, true);
    });
  });

  it('and goes on being content with one that starts what there is', async () => {
    await rig.run({}, async (run) => {
      const { watchdogs, errors } = watch(startsOf(run));
      await using _watchdogs = watchdogs;
      for (let round = 0; round < 5; round++) {
        const orderIds = await rig.place(2);
        await age();
        run.wakeUp.set();
        await rig.untilDispatched(orderIds);
      }
      assert.deepEqual(errors, []);
    });
  });

  it('a worker is stuck that tries nothing although tasks wait and Temporal answers', async () => {
    const { watchdogs, errors, health } = watch({ dispatches: 0, activities: 0 });
    await using _watchdogs = watchdogs;
    // There is none at all, which is as stuck as can be.
    await rig.server.client.workflow.start('payOrder', {
      workflowId: 'nobody-takes-it',
      taskQueue: 'order-payments',
      args: [],
    });
    await eventually('the worker to be found stuck', () => errors.length > 0, { within: 60_000 });
    assert.match(errors[0]?.message ?? '', /^the worker is stuck/);
    assert.equal((await health.report()).roles['worker progress']?.ready, false);
  });
});

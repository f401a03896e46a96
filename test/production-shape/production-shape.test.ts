import assert from 'node:assert/strict';
import { Connection } from '@temporalio/client';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { untilRightlyDecided } from '#test/support/system/decided.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { startPosting } from '#test/support/system/posting.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { outcomeOf } from '#tools/invariants/check-result.ts';
import { planOrders } from '#tools/load/generate/plan-orders.ts';
import { checkLoad, runLoad } from '#tools/load/generate/run-load.ts';
import type { Load } from '#tools/load/generate/run-load.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the production shape: Temporal’s server on PostgreSQL, three workflows, two orders', function () {
  this.timeout(300_000);
  const system = withSharedSystem();
  checkInvariantsAfterwards(system);

  it('decides a load rightly while one of the workflows is killed, and every invariant holds', async () => {
    const { client: gozon, databases, kafkaOptions } = system();
    const load: Load = {
      gozon,
      databases,
      plan: planOrders({ seed: 7, orders: 400, customers: 25, shareBeyondBalance: 0.1, shareTwice: 0.1 }),
      pace: { concurrency: 25 },
      timeout: 120_000,
      signal: new AbortController().signal,
      showProgress: async (_title, work) => work(() => {}),
    };
    const [, , third] = system().copiesOf('workflows');
    assert.ok(third);
    const began = performance.now();
    const running = runLoad(load);
    await untilStarted(third.url);
    await third.kill();
    const { history, decided } = await running;
    const seconds = (performance.now() - began) / 1000;

    const results = await checkLoad(load, kafkaOptions, history);
    assert.deepEqual(
      results.filter((result) => outcomeOf(result) === 'broken'),
      [],
    );
    assert.equal(decided.length, history.length);
    console.log(`        ${decided.length} orders decided in ${seconds.toFixed(1)} s`);
  });

  it('starts workflows eagerly on every copy', async () => {
    const shares = await Promise.all(
      system()
        .copiesOf('workflows')
        .slice(0, 2)
        .map(async ({ url }) => readStarts(url)),
    );
    for (const { eager, all } of shares) {
      assert.ok(all > 0);
      assert.ok(eager >= all * 0.9, `${eager} of ${all} starts were eager`);
    }
  });

  it('keeps the namespace, its retention and its search attributes when set up again', async () => {
    const address = system().temporalAddress;
    await configureTemporal({ address });
    const connection = await Connection.connect({ address });
    try {
      const { config } = await connection.workflowService.describeNamespace({ namespace: namespace.name });
      const retention = Number(config?.workflowExecutionRetentionTtl?.seconds);
      assert.equal(retention, namespace.retentionDays * 24 * 60 * 60);
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: namespace.name,
      });
      for (const name of namespace.searchAttributes) assert.ok(customAttributes?.[name], `${name} is gone`);
    } finally {
      await connection.close();
    }
  });

  it('gives Temporal’s role nothing of the services’ databases, and theirs nothing of its own', async () => {
    const { rows } = await system().ordersDb.query<{ role: string; database: string }>(
      `select rolname as role, datname as database from pg_roles cross join pg_database
       where rolname in ('orders', 'payments', 'workflows', 'temporal') and not datistemplate
         and has_database_privilege(rolname, datname, 'connect') order by 1, 2`,
    );
    assert.deepEqual(
      rows.map(({ role, database }) => `${role} to ${database}`),
      [
        'orders to orders',
        'payments to payments',
        'temporal to temporal',
        'temporal to temporal_visibility',
        'workflows to orders',
        'workflows to payments',
      ],
    );
  });

  it('comes back on its data, with its schema set up once more, and pays what was placed meanwhile', async () => {
    const { temporal } = system();
    const posting = await startPosting(system());
    await posting.more(10);
    await temporal.terminate();
    await posting.more(20);
    await temporal.start();
    await posting.more(10);
    await untilRightlyDecided(system(), await posting.stop());
  });
});

interface Starts {
  readonly eager: number;
  readonly all: number;
}

async function readStarts(url: string): Promise<Starts> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const starts = metrics.split('\n').filter((line) => line.startsWith('relay_dispatches_total{'));
  const sum = (lines: string[]) => lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return { eager: sum(starts.filter((line) => line.includes('"eager"'))), all: sum(starts) };
}

async function untilStarted(url: string): Promise<void> {
  await eventually('the copy to start payments', async () => (await readStarts(url)).all > 10, {
    within: 60_000,
  });
}

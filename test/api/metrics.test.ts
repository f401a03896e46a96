import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readMetricsPage, toRow, updateMetricsPage } from '#test/support/metrics/metrics-page.ts';
import type { ExposedByServices } from '#test/support/metrics/metrics-page.ts';
import { readExposition } from '#test/support/metrics/read-exposition.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { untilOrderDecided } from '#test/support/system/until-order-decided.ts';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const isTemporals = ({ name }: { name: string }) => name.startsWith('temporal_');
const isOfTheRuntime = ({ name }: { name: string }) => /^(nodejs|process)_/.test(name);

// To write the page again: UPDATE_METRICS=1 npm test -- test/api/metrics.test.ts, then npm run format.
describe('docs/metrics.md', function () {
  this.timeout(60_000);
  const system = withSharedSystem();
  let exposed: ExposedByServices[];

  before('an order was paid and another refunded', async () => {
    const customer = await openCustomer(system(), 100n);
    const [, second] = [await customer.placeOrder({ amount: 1n }), await customer.placeOrder({ amount: 1n })];
    await untilOrderDecided(customer, second.orderId);
    await customer.cancelOrder(second.orderId);
    await eventually('the refund', async () => (await customer.order(second.orderId)).status === 'refunded');
    exposed = await eventually('the first reading of Kafka', async () => {
      const metrics = await readAll();
      return (
        metrics.some(({ name, samples }) => name === 'kafka_consumer_lag_messages' && samples > 0) && metrics
      );
    });
    if (process.env['UPDATE_METRICS']) {
      updateMetricsPage(exposed.filter((metric) => !isOfTheRuntime(metric)));
    }
  });

  async function readAll(): Promise<ExposedByServices[]> {
    const all = new Map<string, ExposedByServices>();
    for (const service of [...SERVICE_NAMES].toSorted()) {
      const reply = await fetch(new URL('/metrics', system().service(service).url));
      for (const metric of readExposition(await reply.text())) {
        const { labels = [], samples = 0, of = [] } = all.get(metric.name) ?? {};
        all.set(metric.name, {
          ...metric,
          labels: [...new Set([...labels, ...metric.labels])].toSorted(),
          samples: samples + metric.samples,
          of: [...of, service],
        });
      }
    }
    return [...all.values()];
  }

  it('lists what we expose, with its type, unit, labels, services and meaning, and nothing else', () => {
    const ours = exposed.filter((metric) => !isTemporals(metric) && !isOfTheRuntime(metric));
    const documented = readMetricsPage().filter((row) => !isTemporals(row) && !isOfTheRuntime(row));
    const labelsOf = new Map(documented.map(({ name, labels }) => [name, labels]));
    // What has no sample yet does not show its labels.
    const expected = ours.map((metric) => ({
      ...toRow(metric),
      labels: metric.samples > 0 ? metric.labels : (labelsOf.get(metric.name) ?? []),
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    assert.deepEqual(documented.toSorted(byName), expected.toSorted(byName));
  });

  it("lists each of the Temporal SDK's that is exposed", () => {
    const documented = new Map(readMetricsPage().map((row) => [row.name, row]));
    for (const metric of exposed.filter(isTemporals)) {
      const row = documented.get(metric.name);
      assert.ok(row, `${metric.name} is not listed`);
      assert.deepEqual(
        { type: row.type, of: row.of, meaning: row.meaning },
        { type: metric.type, of: metric.of, meaning: metric.help },
        metric.name,
      );
      assert.deepEqual(
        metric.labels.filter((label) => !row.labels.includes(label)),
        [],
        metric.name,
      );
    }
  });

  it('lists no metric of the Temporal SDK that it does not have', () => {
    const folder = path.dirname(
      createRequire(import.meta.url).resolve('@temporalio/core-bridge/package.json'),
    );
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const core = readFileSync(path.join(folder, 'releases', `${machine}-unknown-linux-gnu`, 'index.node'));
    const listed = readMetricsPage().filter(isTemporals);
    assert.ok(listed.length > exposed.filter(isTemporals).length);
    const own = ({ name, type }: { name: string; type: string }) => {
      const bare = name.replace(/^temporal_/, '');
      return type === 'counter' ? bare.replace(/_total$/, '') : bare.replace(/_seconds$/, '');
    };
    assert.deepEqual(
      listed.filter((row) => !core.includes(own(row))).map(({ name }) => name),
      [],
    );
  });

  it('lists what Node and the process themselves expose as two names with a star', () => {
    const wild = readMetricsPage().filter(({ name }) => name.includes('*'));
    assert.deepEqual(wild.map(({ name }) => name).toSorted(), ['nodejs_*', 'process_*']);
    for (const { name } of wild) {
      assert.ok(
        exposed.some((metric) => path.matchesGlob(metric.name, name)),
        name,
      );
    }
  });
});

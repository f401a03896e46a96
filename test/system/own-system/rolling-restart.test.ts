import assert from 'node:assert/strict';
import { openBalancer } from '#test/support/system/balancer.ts';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { checkInvariantsAfterwards } from '#test/support/system/invariants.ts';
import { startPosting } from '#test/support/system/posting.ts';
import { startTestSystem, tellNoRepair } from '#test/support/system/test-system.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import type { System } from '#tools/testbed/system.ts';

/** Orders are placed by so many at a time, each over connections of its own, and with this pause, in ms. */
const CUSTOMERS = 3;
const PACE = 250;

describe('two copies of each service, started at once on an empty schema', function () {
  this.timeout(DECIDED_WITHIN + 200_000);
  const stack = new AsyncDisposableStack();
  let system: System;
  before('the copies are up behind balancers', async () => {
    const balancers = {
      gateway: stack.use(await openBalancer()),
      orders: stack.use(await openBalancer()),
      payments: stack.use(await openBalancer()),
      workflows: stack.use(await openBalancer()),
    };
    const urls = {
      ORDERS_URL: balancers.orders.url,
      PAYMENTS_URL: balancers.payments.url,
      WORKFLOWS_URL: balancers.workflows.url,
    };
    const started = stack.use(
      await startTestSystem({
        copies: { gateway: 2, orders: 2, payments: 2, workflows: 2 },
        tell: (name) => ({ ...tellNoRepair(name), DRAIN_SECONDS: '3', ...(name === 'gateway' && urls) }),
      }),
    );
    await Promise.all(SERVICE_NAMES.map(async (name) => balancers[name].balance(started.copiesOf(name))));
    const baseUrl = balancers.gateway.url;
    system = { ...started, client: stack.use(openGozonClient({ baseUrl, connections: 4 })) };
  });
  checkInvariantsAfterwards(() => system);
  after(async () => stack.disposeAsync());

  it('share the work', async () => {
    const posting = await startPosting(system);
    await posting.more(100);
    await untilRightlyDecided(system, await posting.stop());
    const starts = await countEach('workflows', 'relay_dispatches_total');
    const applied = await countEach('orders', 'orders_payment_events_total');
    assert.deepEqual([starts.length, applied.length], [2, 2]);
    assert.ok(
      [...starts, ...applied].every((count) => count > 0),
      `starts ${starts.join(' and ')}, events applied ${applied.join(' and ')}`,
    );
  });

  it('are restarted one after the other: no client sees an error, and no order is lost', async () => {
    await using clients = new AsyncDisposableStack();
    const postings = await Promise.all(
      Array.from({ length: CUSTOMERS }, async () => {
        const client = clients.use(openGozonClient({ baseUrl: system.client.baseUrl, connections: 4 }));
        return startPosting({ ...system, client }, { pace: PACE });
      }),
    );
    const more = async (count: number) => Promise.all(postings.map(async (posting) => posting.more(count)));
    for (const name of SERVICE_NAMES) {
      for (const copy of system.copiesOf(name)) {
        await more(5);
        // Orders come all the while: during the 3 s of draining, the end, and the start.
        const { code, signal } = await copy.terminate();
        assert.deepEqual({ name, code, signal }, { name, code: 0, signal: null });
        await more(5);
        await copy.start();
      }
    }
    await more(5);
    const placed = (await Promise.all(postings.map(async (posting) => posting.stop()))).flat();
    assert.deepEqual(
      postings.flatMap(({ refusals }) => refusals),
      [],
    );
    await untilRightlyDecided(system, placed);
    console.log(`        ${placed.length} orders during 8 restarts`);
  });

  /** Of each copy, the sum of a counter over its labels. */
  async function countEach(service: ServiceName, counter: string): Promise<number[]> {
    return Promise.all(
      system.copiesOf(service).map(async ({ url }) => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        const values = metrics.split('\n').filter((line) => line.startsWith(`${counter}{`));
        return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      }),
    );
  }
});

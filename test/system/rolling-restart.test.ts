import assert from 'node:assert/strict';
import { openBalancer } from '#test/support/system/balancer.ts';
import { DECIDED_WITHIN, untilRightlyDecided } from '#test/support/system/decided.ts';
import { startPosting } from '#test/support/system/posting.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';

/** Orders are placed by so many at a time, each over connections of his own, and with this pause, in ms. */
const CUSTOMERS = 3;
const PACE = 250;

describe('a rolling restart of two copies of everything, one after the other', function () {
  this.timeout(DECIDED_WITHIN + 400_000);

  it('shows no client an error, and loses no order', async () => {
    await using stack = new AsyncDisposableStack();
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
    const system = stack.use(
      await startTestSystem({
        copies: { gateway: 2, orders: 2, payments: 2, workflows: 2 },
        tell: (name) => ({ DRAIN_SECONDS: '3', ...(name === 'gateway' && urls) }),
      }),
    );
    await Promise.all(SERVICE_NAMES.map(async (name) => balancers[name].balance(system.copiesOf(name))));
    const clients = Array.from({ length: CUSTOMERS }, () =>
      stack.use(openGozonClient({ baseUrl: balancers.gateway.url, connections: 4 })),
    );
    const postings = await Promise.all(
      clients.map(async (client) => startPosting({ ...system, client }, { pace: PACE })),
    );
    const more = async (count: number) => Promise.all(postings.map(async (posting) => posting.more(count)));
    for (const name of SERVICE_NAMES) {
      for (const copy of system.copiesOf(name)) {
        await more(5);
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
});

import assert from 'node:assert/strict';
import { createInFlight } from '@gozon/temporal-outbox';
import { createWakeUp } from '@gozon/timing';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { orUnexpected } from '#test/support/workflow/unexpected-activities.ts';
import { workflowBundle } from '#test/support/workflow/workflow-bundle.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openLink } from '#tools/testbed/tcp-proxy.ts';
import type { Link } from '#tools/testbed/tcp-proxy.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';
import { runTemporalSessions } from '#workflows/temporal-sessions.ts';

describe('relay and worker, when Temporal is silent from the start,', function () {
  this.timeout(90_000);
  let shop: Shop;
  let server: DevServer;
  let link: Link;
  before(async () => {
    [shop, server] = await Promise.all([openShop(), openDevServer()]);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    link = await openLink(infrastructure().settings.ports.TEMPORAL_PORT);
    link.halfOpen();
  });
  afterEach(async () => link[Symbol.asyncDispose]());

  async function run(onWorker: (state: RoleState) => void): Promise<AsyncDisposable> {
    const log = createLogger('test', 'silent');
    return runTemporalSessions({
      access: { address: link.address, tls: false },
      namespace: server.namespace,
      worker: { workflowBundle: await workflowBundle(), activities: orUnexpected({}) },
      relay: {
        db: shop.workflowsDb,
        kinds: PAYMENT_KINDS,
        inFlight: createInFlight(64, 30_000),
        wakeUp: createWakeUp(),
        log,
        onState: () => {},
        onTried: () => {},
      },
      onWorker,
    });
  }

  it('say so after 10 s, run once it answers, and keep no connection that came too late', async () => {
    const states: RoleState[] = [];
    await using _running = await run((state) => states.push(state));
    const [first] = await eventually('it to be given up', () => states.length > 0 && states, {
      within: 40_000,
    });
    assert.deepEqual(first, { ready: false, reason: 'Temporal did not answer within 10000 ms' });
    await eventually('another attempt', () => link.connections > 1, { within: 40_000 });
    await link.heal('goes on');
    await eventually('the worker to run', () => states.at(-1)?.ready === true, { within: 40_000 });
    await eventually('the late connection to be closed', () => link.connections === 1);
  });

  it('stop without waiting until an attempt to connect is given up', async () => {
    const states: RoleState[] = [];
    const running = await run((state) => states.push(state));
    await eventually('the attempt to connect', () => link.connections > 0);
    await running[Symbol.asyncDispose]();
    assert.deepEqual(states, []);
  });
});

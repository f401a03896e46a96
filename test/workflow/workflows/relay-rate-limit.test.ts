import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { newId } from '#contracts/values/ids.ts';
import { infrastructure, systemsFolder } from '#test/support/infrastructure.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import { acquireSupervisorLock } from '#tools/stack/processes/supervisor-lock.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { readSettings } from '#tools/stack/settings/settings.ts';
import { startComponent } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the relay, when its namespace may send only a few requests a second,', function () {
  this.timeout(200_000);
  const stack = new AsyncDisposableStack();
  let server: string;
  before(async () => {
    const { settings: shared } = infrastructure();
    const home = path.join(systemsFolder(shared), newId());
    mkdirSync(home, { recursive: true });
    stack.use(await acquireSupervisorLock(home));
    const environment = { ...(await freePorts()), GOZON_HOME: home, GOZON_PARTS: shared.artifacts };
    const settings = readSettings(environment);
    const temporal = await startComponent(async () =>
      startTemporal(settings, { 'frontend.namespaceRPS': 5 }),
    );
    stack.defer(async () => temporal.kill());
    server = temporal.url;
  });
  after(async () => stack.disposeAsync());

  it('counts no attempt, says why it is slow, and starts every order', async () => {
    await using rig = await openRelayRig(async () => openDevServer({ server }));
    const orderIds = await rig.place(70);
    await rig.run({}, async ({ states, health }) => {
      await eventually(
        'the limit to be named',
        () => states.some((state) => !state.ready && /RESOURCE_EXHAUSTED: .*rate limit/.test(state.reason)),
        { within: 60_000 },
      );
      const rows = await eventually(
        'all orders to be dispatched',
        async () => {
          const found = await rig.rows(orderIds);
          return found.every(({ isDispatched }) => isDispatched) && found;
        },
        { within: 120_000 },
      );
      const tried = rows.map(({ attempts, lastError }) => `${attempts} ${lastError}`);
      assert.deepEqual(new Set(tried), new Set(['1 null']));
      await eventually('the relay to be ready', () => states.at(-1)?.ready);
      const { roles } = await health.report();
      assert.deepEqual(roles['worker'], { ready: true });
    });
  });
});

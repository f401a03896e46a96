import assert from 'node:assert/strict';
import { openHome } from '#test/support/open-home.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import { startComponent } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the relay, when its namespace may send only a few requests a second,', function () {
  this.timeout(200_000);
  const stack = new AsyncDisposableStack();
  let server: string;
  before(async () => {
    const settings = await openHome(stack);
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

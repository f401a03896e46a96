import assert from 'node:assert/strict';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { watchProgress } from '#platform/process/watch-progress.ts';
import { eventually } from '#tools/testbed/eventually.ts';

/** In ms: twelve looks, 10 ms apart. They are counted, so a slow machine changes no outcome. */
const LIMIT = 120;

describe('a watchdog', () => {
  function watch(role: { progress: () => unknown; mustProgress: () => Promise<boolean> }) {
    const states: RoleState[] = [];
    const errors: Error[] = [];
    const watchdog = watchProgress({
      ...role,
      role: 'relay',
      log: createLogger('test', 'silent'),
      limit: LIMIT,
      onState: (state) => states.push(state),
      onStuck: (error) => errors.push(error),
    });
    return { watchdog, states, errors };
  }

  it('reports a role that makes no progress although it could: first as not ready, then as stuck', async () => {
    const { watchdog, states, errors } = watch({ progress: () => 0, mustProgress: async () => true });
    await using _watchdog = watchdog;
    await eventually('the end', () => errors.length > 0);
    assert.match(errors[0]?.message ?? '', /^the relay is stuck: no progress for/);
    const firstBad = states.findIndex(({ ready }) => !ready);
    assert.ok(firstBad > 0);
    assert.ok(states.slice(firstBad).every(({ ready }) => !ready));
    assert.equal(states.length - firstBad, 7, 'from half the limit on');
  });

  it('is content while the role makes progress', async () => {
    let looks = 0;
    const { watchdog, states, errors } = watch({
      progress: () => (looks += 1),
      mustProgress: async () => true,
    });
    await using _watchdog = watchdog;
    await eventually('more looks than being stuck takes', () => looks > 15);
    assert.deepEqual([errors, states.every(({ ready }) => ready)], [[], true]);
  });

  for (const [why, mustProgress] of [
    ['there is nothing to do', async () => false],
    ['what it needs is away', async () => Promise.reject(new Error('away'))],
  ] as const) {
    it(`is content while ${why}`, async () => {
      let looks = 0;
      const { watchdog, states, errors } = watch({
        progress: () => 0,
        async mustProgress() {
          looks += 1;
          return mustProgress();
        },
      });
      await using _watchdog = watchdog;
      await eventually('more looks than being stuck takes', () => looks > 15);
      assert.deepEqual([errors, states.every(({ ready }) => ready)], [[], true]);
    });
  }

  it('says that the role is ready again when it makes progress after all', async () => {
    let looks = 0;
    const { watchdog, states, errors } = watch({
      // It stands still for long enough to be not ready, and not for long enough to be stuck.
      progress: () => Math.max(0, looks - 8),
      async mustProgress() {
        looks += 1;
        return true;
      },
    });
    await using _watchdog = watchdog;
    await eventually('it to be not ready, and then ready', () => {
      const notReady = states.findIndex(({ ready }) => !ready);
      return notReady > 0 && states.slice(notReady).some(({ ready }) => ready);
    });
    assert.deepEqual(errors, []);
  });
});

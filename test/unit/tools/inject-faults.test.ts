import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { eventually } from '#tools/testbed/eventually.ts';
import type { FaultClass } from '#tools/torture/fault-classes.ts';
import type { Fault, FaultTarget } from '#tools/torture/faults/fault.ts';
import { injectFaults } from '#tools/torture/inject-faults.ts';
import type { Injection, InjectFaultsOptions } from '#tools/torture/inject-faults.ts';

/** In ms: a fault each so often, where they may meet. */
const EVERY = 5;

describe('injected faults', () => {
  /**
   * Injects faults that harm nothing, until `enough` or a failure. @returns what was injected, the locks left held, and
   * the failure
   */
  async function injection(
    faultClass: Pick<FaultClass, 'faults' | 'every' | 'hasty'>,
    enough: (injections: readonly Injection[]) => boolean,
    given: Partial<InjectFaultsOptions> = {},
  ) {
    const injections: Injection[] = [];
    const occupied = new Set<string>();
    const loadOver = new AbortController();
    const injecting = injectFaults(
      { description: 'a test', orders: 1, ...faultClass },
      {
        target: { signal: loadOver.signal } as FaultTarget,
        seed: 1,
        history: { note: () => {} },
        signal: loadOver.signal,
        stop: new AbortController().signal,
        occupied,
        findOldestPending: async () => undefined,
        recoverWithin: 1_000,
        onInjected: (one) => injections.push(one),
        ...given,
      },
    );
    const failure = await Promise.race([
      injecting,
      eventually('enough injections', () => enough(injections)).finally(() => loadOver.abort()),
    ])
      .then(async () => injecting)
      .catch((error: unknown) => error);
    loadOver.abort();
    return { injections, occupied, failure };
  }

  const harmless = (name: string, locks: string[] = [name]): Fault => ({
    name,
    locks,
    harm: async () => true,
  });
  const broken: Fault = {
    name: 'broken',
    locks: ['orders'],
    harm: async () => Promise.reject(new Error('it stays dead')),
  };

  for (const [how, pace] of [
    ['one after the other', {}],
    ['that may meet', { every: EVERY }],
  ] as const) {
    it(`${how}, fails with the first that could not be put right, and frees what it held`, async () => {
      const { occupied, failure } = await injection(
        { ...pace, faults: [harmless('payments'), broken] },
        () => false,
      );
      assert.ok(failure instanceof Error);
      assert.match(failure.message, /could not be done and put right again: broken/);
      assert.match(String(failure.cause), /it stays dead/);
      assert.deepEqual([...occupied], []);
    });
  }

  it('goes on with other faults while those that are left wait for a part', async () => {
    const slow: Fault = {
      ...harmless('slow', ['orders']),
      async harm({ signal }) {
        await once(signal, 'abort');
        return true;
      },
    };
    const faults = [slow, harmless('waits', ['orders']), harmless('free')];
    const { injections, failure } = await injection({ every: EVERY, faults }, ({ length }) => length >= 10);
    assert.equal(failure, undefined);
    assert.ok(injections.filter(({ fault }) => fault === 'free').length >= 9);
  });

  it('is over only when what is under way has been put right', async () => {
    let begun = false;
    let right = false;
    const slow: Fault = {
      ...harmless('slow'),
      async harm({ signal }) {
        begun = true;
        await once(signal, 'abort');
        // Turns of the event loop: more than the end of the load needs to be noticed.
        for (let turn = 0; turn < 10; turn++) await setImmediate();
        right = true;
        return true;
      },
    };
    await injection({ every: EVERY, faults: [slow, harmless('quick')] }, () => begun);
    assert.equal(right, true);
  });

  it('repeats the order of a seed and what each fault draws, however long each takes', async () => {
    const drawn = async (seed: number, lasting: (target: FaultTarget) => Promise<unknown>) => {
      const draws: string[] = [];
      // Without a lock, each is possible whenever the seed chooses it.
      const faults = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
        ...harmless(name, []),
        async harm(target: FaultTarget) {
          draws.push(`${name} ${target.random.between(0, 1_000_000)}`);
          await lasting(target);
          return true;
        },
      }));
      await injection({ every: EVERY, faults }, () => draws.length >= 10, { seed });
      return draws.slice(0, 10);
    };
    const moment = async () => setImmediate();
    const tillTheEnd = async ({ signal }: FaultTarget) => once(signal, 'abort');
    const [first, again, other] = await Promise.all([
      drawn(1, moment),
      drawn(1, tillTheEnd),
      drawn(2, moment),
    ]);
    assert.deepEqual(again, first);
    assert.notDeepEqual(other, first);
  });

  it('takes those first that have met nothing yet', async () => {
    const misses: Fault = { ...harmless('misses'), harm: async () => false };
    const { injections } = await injection(
      { every: EVERY, faults: [harmless('hits'), misses] },
      ({ length }) => length >= 6,
    );
    assert.deepEqual(new Set(injections.slice(-4).map(({ fault }) => fault)), new Set(['misses']));
  });

  describe('with a clock of their own, which each look for pending work moves on by 100 ms', () => {
    beforeEach(() => mock.timers.enable({ apis: ['Date'], now: 1_000_000 }));
    afterEach(() => mock.timers.reset());

    /** Something is pending at so many looks. */
    const pendingAt = (looks: number) => {
      let left = looks;
      return async () => {
        mock.timers.tick(100);
        return left-- > 0 ? new Date(0) : undefined;
      };
    };

    for (const [how, pace] of [
      ['waited for', {}],
      ['waited for only until they are over', { hasty: true }],
      ['not waited for', { every: EVERY }],
    ] as const) {
      it(`tell how long each recovery took, of faults that are ${how}`, async () => {
        const { injections } = await injection(
          { ...pace, faults: [harmless('orders')] },
          ({ length }) => length >= 1,
          { findOldestPending: pendingAt(2) },
        );
        assert.equal(injections[0]?.recovery, 200);
        assert.ok(injections.every(({ recovery }) => recovery !== undefined && recovery <= 200));
      });
    }

    it('report how long an unfinished recovery was awaited', async () => {
      const { injections } = await injection({ faults: [harmless('orders')] }, ({ length }) => length >= 1, {
        findOldestPending: pendingAt(Infinity),
        recoverWithin: 300,
      });
      assert.equal(injections[0]?.recovery, 300);
    });
  });
});

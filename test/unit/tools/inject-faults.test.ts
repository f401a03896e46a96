import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '#tools/testbed/eventually.ts';
import type { FaultClass } from '#tools/torture/fault-classes.ts';
import type { Fault, FaultTarget } from '#tools/torture/faults/fault.ts';
import { injectFaults } from '#tools/torture/inject-faults.ts';
import type { Injection, InjectFaultsOptions } from '#tools/torture/inject-faults.ts';

/** In ms: a fault each so often, where they may meet. */
const EVERY = 5;

describe('options faults', () => {
  /** Injects faults that harm nothing, until `enough` or a failure. @returns what was injected, the locks left held, and the failure */
  async function injection(
    faultClass: Pick<FaultClass, 'faults' | 'every' | 'hasty'>,
    enough: (injections: readonly Injection[]) => boolean,
    given: Partial<InjectFaultsOptions> = {},
  ) {
    const injections: Injection[] = [];
    const occupied = new Set<string>();
    const loadOver = new AbortController();
    const options = injectFaults(
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
      options,
      eventually('enough injections', () => enough(injections)).finally(() => loadOver.abort()),
    ])
      .then(async () => options)
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
        await sleep(60_000, undefined, { signal }).catch(() => {});
        return true;
      },
    };
    const faults = [slow, harmless('waits', ['orders']), harmless('free')];
    const { injections, failure } = await injection({ every: EVERY, faults }, ({ length }) => length >= 10);
    assert.equal(failure, undefined);
    assert.ok(injections.filter(({ fault }) => fault === 'free').length >= 9);
  });

  it('is over only when what is under way has been put right', async () => {
    let right = false;
    const slow: Fault = {
      ...harmless('slow'),
      async harm() {
        await sleep(50);
        right = true;
        return true;
      },
    };
    await injection({ every: EVERY, faults: [slow, harmless('quick')] }, ({ length }) => length > 0);
    assert.equal(right, true);
  });

  it('repeats the order of a seed and what each fault draws, however long each takes', async () => {
    const drawn = async (seed: number, ms: number) => {
      const draws: string[] = [];
      const faults = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
        ...harmless(name),
        async harm({ random }: FaultTarget) {
          draws.push(`${name} ${random.between(0, 1_000_000)}`);
          await sleep(random.between(0, ms));
          return true;
        },
      }));
      // They never all meet, so each is possible whenever the seed chooses it.
      await injection({ every: 30, faults }, ({ length }) => length >= 10, { seed });
      return draws.slice(0, 10);
    };
    const [first, again, other] = await Promise.all([drawn(1, 0), drawn(1, 20), drawn(2, 0)]);
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

  it('tells how long each recovery took, also of faults that are not waited for', async () => {
    for (const pace of [{}, { hasty: true }, { every: EVERY }]) {
      let left = 3;
      const { injections } = await injection(
        { ...pace, faults: [harmless('orders')] },
        ({ length }) => length >= 1,
        {
          findOldestPending: async () => (--left > 0 ? new Date(0) : undefined),
        },
      );
      assert.ok(injections.every(({ recovery }) => recovery !== undefined && recovery < 1_000));
      assert.ok((injections[0]?.recovery ?? 0) > 0);
    }
  });

  it('tells of what was not recovered from how long that was waited for', async () => {
    const { injections } = await injection({ faults: [harmless('orders')] }, ({ length }) => length >= 1, {
      findOldestPending: async () => new Date(0),
      recoverWithin: 100,
    });
    assert.ok((injections[0]?.recovery ?? 0) >= 100);
  });
});

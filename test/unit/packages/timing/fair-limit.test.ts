import assert from 'node:assert/strict';
import { setImmediate as settle } from 'node:timers/promises';
import { createFairLimit } from '@gozon/timing';

describe('a fair limit', () => {
  const never = new AbortController().signal;

  /** Work that is under way until it is ended by its name. */
  function rig(options: Parameters<typeof createFairLimit>[0]) {
    const limit = createFairLimit(options);
    const begun: string[] = [];
    const ends = new Map<string, PromiseWithResolvers<void>>();
    return {
      begun,
      start: async (name: string, signal = never) => {
        const end = Promise.withResolvers<void>();
        ends.set(name, end);
        const work = async () => {
          begun.push(name);
          await end.promise;
          return name;
        };
        return limit.run(name.slice(0, 1), work, signal);
      },
      end: async (name: string) => {
        ends.get(name)?.resolve();
        await settle();
      },
      fail: async (name: string) => {
        ends.get(name)?.reject(new Error(name));
        await settle();
      },
    };
  }

  it('lets in so many in all, and so many of one key', async () => {
    const { begun, start, end } = rig({ most: 3, each: 2 });
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1']) void start(name);
    await settle();
    assert.deepEqual(begun, ['a1', 'a2', 'b1']);
    await end('b1');
    assert.deepEqual(begun, ['a1', 'a2', 'b1', 'c1']);
    await end('a2');
    assert.deepEqual(begun, ['a1', 'a2', 'b1', 'c1', 'a3']);
  });

  it('lets in what waits by turns of the keys, each in its own order', async () => {
    const { begun, start, end } = rig({ most: 1, each: 1 });
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) void start(name);
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']) await end(name);
    assert.deepEqual(begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('lets the next in after a failure, which is for its own caller', async () => {
    const { begun, start, fail } = rig({ most: 1, each: 1 });
    const failing = start('a1');
    void start('b1');
    const refused = assert.rejects(failing, /a1/);
    await fail('a1');
    await refused;
    assert.deepEqual(begun, ['a1', 'b1']);
  });

  it('forgets what gives up while it waits', async () => {
    const { begun, start, end } = rig({ most: 1, each: 1 });
    const stop = new AbortController();
    void start('a1');
    const waiting = start('b1', stop.signal);
    void start('c1');
    stop.abort();
    assert.equal(await waiting, undefined);
    assert.equal(await start('d1', stop.signal), undefined);
    await end('a1');
    assert.deepEqual(begun, ['a1', 'c1']);
  });
});

import assert from 'node:assert/strict';
import { describeUnrest, untilNothing } from '#tools/torture/checks/until-at-rest.ts';
import { judgeMemory } from '#tools/torture/checks/watch-memory.ts';
import type { MemorySample } from '#tools/torture/checks/watch-memory.ts';

describe('a system after a torture', () => {
  const before = { sessions: 20, descriptors: 200 };
  const atRest = { pending: 0, held: 0, open: 0, unread: 0, idle: 0, ...before };

  it('is at rest when nothing is going on, and no more is held than by what a pool is slow to give up', () => {
    assert.deepEqual(describeUnrest(atRest, before), []);
    assert.deepEqual(describeUnrest({ ...atRest, sessions: 26, descriptors: 212 }, before), []);
  });

  it('is not at rest while anything is going on, or more is held', () => {
    const doings = { pending: 1, held: 5, open: 2, unread: 3, idle: 4, sessions: 27, descriptors: 213 };
    assert.deepEqual(describeUnrest(doings, before), [
      '1 orders, captures, cancels, refunds or outbox rows are pending',
      'the money of 5 orders is held',
      '2 workflows are open',
      '3 events are unread',
      '4 sessions are idle in a transaction',
      '27 database sessions are held, 20 in the beginning',
      '213 files and sockets are open, 200 in the beginning',
    ]);
  });

  it('is awaited; at the timeout it reports the work that is left, or why it cannot see it', async () => {
    let looks = 0;
    const { unrest } = await untilNothing(async () => (++looks < 2 ? ['something'] : []), 10_000);
    assert.deepEqual([looks, unrest], [2, []]);
    assert.deepEqual((await untilNothing(async () => ['something'], 0)).unrest, ['something']);
    const blind = await untilNothing(async () => Promise.reject(new Error('no way to look')), 0);
    assert.match(blind.unrest.join(), /no way to look/);
  });
});

describe('the memory of a process', () => {
  const watched = (life: string, samples: readonly MemorySample[], seconds = 600) =>
    judgeMemory(new Map([[life, samples]]), seconds);
  const flat = Array.from({ length: 100 }, () => ({ heap: 40, resident: 150 }));

  it('is in order when it stays what it was', () => {
    assert.deepEqual(watched('orders', flat), { lives: 1, problems: [] });
  });

  it('is in order too when garbage lies about, and is collected now and then', () => {
    const lazy = flat.map((_, index) => ({ heap: 40 + (index % 20) * 3, resident: 150 + index }));
    assert.deepEqual(watched('orders', lazy).problems, []);
  });

  it('is a problem when it keeps growing, be it JavaScript’s or native', () => {
    const leaking = flat.map((sample, index) => ({ ...sample, heap: 40 + (index % 20) * 3 + index }));
    assert.deepEqual(watched('orders', leaking).problems, ['orders: its heap memory grew from 80 to 120 MB']);
    const native = flat.map((sample, index) => ({ ...sample, resident: 150 + 4 * index }));
    assert.deepEqual(watched('workflows', native).problems, [
      'workflows: its resident memory grew from 250 to 450 MB',
    ]);
  });

  it('says nothing after a short life, which is a problem once the run was long', () => {
    const short = flat.slice(0, 59);
    assert.deepEqual(watched('orders', short, 100), { lives: 0, problems: [] });
    assert.deepEqual(watched('orders', short), {
      lives: 0,
      problems: ['no process lived long enough for its memory to say anything'],
    });
  });
});

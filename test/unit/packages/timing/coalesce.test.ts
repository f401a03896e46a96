import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { coalesce } from '@gozon/timing';

/** A flush that ends when the test says so, and what it was given. */
function controlledFlush() {
  const flushes: { items: number[]; end: (error?: Error) => void }[] = [];
  const flush = async (items: number[]) =>
    new Promise<void>((resolve, reject) => {
      flushes.push({ items, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { flushes, flush };
}

const turn = async () => new Promise((resolve) => setImmediate(resolve));

describe('coalesce', () => {
  it('flushes a lone item at once', async () => {
    const { flushes, flush } = controlledFlush();
    const done = coalesce(flush)(1);
    await turn();
    assert.deepEqual(
      flushes.map(({ items }) => items),
      [[1]],
    );
    flushes[0]?.end();
    await done;
  });

  it('turns what arrives during a flush into a single second one', async () => {
    const { flushes, flush } = controlledFlush();
    const add = coalesce(flush);
    const first = add(1);
    await turn();
    const burst = [2, 3, 4, 5].map(async (item) => add(item));
    await turn();
    assert.equal(flushes.length, 1);
    flushes[0]?.end();
    await first;
    await turn();
    flushes[1]?.end();
    await Promise.all(burst);
    assert.deepEqual(
      flushes.map(({ items }) => items),
      [[1], [2, 3, 4, 5]],
    );
  });

  it('tells no caller that its item is flushed before it is', async () => {
    const { flushes, flush } = controlledFlush();
    const add = coalesce(flush);
    const settled: number[] = [];
    const calls = [add(1).then(() => settled.push(1))];
    await turn();
    calls.push(add(2).then(() => settled.push(2)));
    flushes[0]?.end();
    await turn();
    assert.deepEqual(settled, [1]);
    flushes[1]?.end();
    await Promise.all(calls);
    assert.deepEqual(settled, [1, 2]);
  });

  it('rejects only the callers of the flush that failed', async () => {
    const { flushes, flush } = controlledFlush();
    const add = coalesce(flush);
    const first = add(1);
    await turn();
    const others = [add(2), add(3)];
    const later = Promise.allSettled(others);
    flushes[0]?.end(new Error('the database is away'));
    await assert.rejects(first, /the database is away/);
    await turn();
    flushes[1]?.end(new Error('still away'));
    assert.deepEqual(
      (await later).map((one) => (one.status === 'rejected' ? String(one.reason) : 'done')),
      ['Error: still away', 'Error: still away'],
    );
    const last = add(4);
    await turn();
    flushes[2]?.end();
    await last;
    assert.deepEqual(
      flushes.map(({ items }) => items),
      [[1], [2, 3], [4]],
    );
  });

  it('flushes in the context that made it, and not in that of a caller', async () => {
    const span = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const add = span.run('of its maker', () => coalesce<number>(async () => void seen.push(span.getStore())));
    await span.run('of a caller', async () => add(1));
    assert.deepEqual(seen, ['of its maker']);
  });
});

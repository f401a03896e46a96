import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { backOff } from '@gozon/timing';
import fc from 'fast-check';

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 60_000 }))
  .map(([min, more]) => ({ min, max: min + more }));

describe('backOff', () => {
  afterEach(() => mock.restoreAll());

  it('never waits less than the least or more than the most, however often it failed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), bounds, (attempt, { min, max }) => {
        const wait = backOff(attempt, { min, max });
        assert.ok(wait >= min && wait <= max, `${wait} after ${attempt} failures`);
      }),
    );
  });

  it('doubles its longest wait with each failure until the most', () => {
    mock.method(Math, 'random', () => 1);
    const waits = [1, 2, 3, 4, 5, 100].map((attempt) => backOff(attempt, { min: 100, max: 1_000 }));
    assert.deepEqual(waits, [200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it('spreads what failed together over the whole range', () => {
    const draws = [0, 0.25, 0.5, 0.75];
    let next = 0;
    mock.method(Math, 'random', () => draws[next++]);
    assert.deepEqual(
      draws.map(() => backOff(1, { min: 100, max: 1_000 })),
      [100, 125, 150, 175],
    );
  });
});

import assert from 'node:assert/strict';
import { compare, medianOf } from '#tools/bench/choices/compare.ts';

describe('a comparison', () => {
  it('says what the ratio of nine pairs lies between, without the least and the most', () => {
    const { confidence, ...ratio } = medianOf([9, 1, 5, 2, 8, 3, 7, 4, 6]);
    assert.deepEqual(ratio, { median: 5, from: 2, to: 8, pairs: 9 });
    assert.equal(confidence, 1 - 20 / 512);
  });

  it('claims no more confidence than few pairs give', () => {
    const { confidence, ...ratio } = medianOf([3, 1, 2]);
    assert.deepEqual(ratio, { median: 2, from: 1, to: 3, pairs: 3 });
    assert.equal(confidence, 0.75);
  });

  it('lets the ways begin in turn, so that a machine that slows down meets both', async () => {
    const turns: string[] = [];
    const way = (label: string, cost: number) => ({
      label,
      // Each pair costs more than the one before it.
      round: async () => cost * 2 ** Math.floor((turns.push(label) - 1) / 2),
    });
    const { ratio } = await compare({
      name: 'x',
      question: 'x',
      unit: 'ms',
      a: way('a', 10),
      b: way('b', 30),
      limit: 60_000,
    });
    assert.equal(turns.slice(0, 8).join(''), 'ababbaab');
    assert.deepEqual([ratio.from, ratio.median, ratio.to, ratio.pairs], [3, 3, 3, 9]);
  });
});

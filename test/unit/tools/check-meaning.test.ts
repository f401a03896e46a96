import assert from 'node:assert/strict';
import {
  RECOVERED_WITHIN,
  checkEnds,
  checkMeaning,
  checkRecoveries,
  shareAnswered,
} from '#tools/torture/checks/check-meaning.ts';
import type { Injection } from '#tools/torture/inject-faults.ts';

const injection: Injection = { fault: 'kill -9 orders', from: 100, to: 200, hit: true };
const faultClass = {
  description: 'a test',
  orders: 1,
  faults: [{ name: 'kill -9 orders', locks: [], harm: async () => true }],
};
const ends = { undecided: 0, authorized: 0, paid: 75, failed: 10, cancelled: 4, expired: 1, refunded: 10 };
const good = { ends, answered: 1, loadOver: 300 };

describe('a torture run', () => {
  it('is meaningful when its faults took effect and it saw every outcome', () => {
    assert.deepEqual(checkMeaning(faultClass, { ...good, injections: [injection] }), []);
  });

  it('shows nothing when its faults met nothing, or when it saw an outcome too rarely', () => {
    const injections = [{ ...injection, hit: false }];
    assert.deepEqual(
      checkMeaning(faultClass, {
        ...good,
        injections,
        ends: { ...ends, refunded: 4, paid: 82, expired: 0 },
        answered: 0.89,
      }),
      [
        'never happened: kill -9 orders',
        'only 4 of 100 orders ended as refunded',
        'only 0 of 100 orders ended as expired',
        'only 89.0% of the requests outside faults were answered',
      ],
    );
  });

  it('counts as answered what was refused, and leaves out what met a fault', () => {
    const requests = [
      { from: 0, to: 99, end: 'ok' },
      { from: 0, to: 90, end: 'fail' },
      { from: 50, to: 150, end: 'unknown' },
      { from: 120, to: 130, end: 'unknown' },
      { from: 201, to: 300, end: 'unknown' },
      { from: 210, to: 220, end: 'ok' },
    ] as const;
    assert.equal(shareAnswered(requests, [injection]), 3 / 4);
  });

  it('has answered no request when all of them met a fault', () => {
    assert.equal(shareAnswered([{ from: 110, to: 120, end: 'ok' }], [injection]), 0);
  });

  it('does not count a request as answered that was only told to retry, unless its key was answered', () => {
    const requests = [
      { from: 0, to: 10, end: 'ok', key: 'one' },
      { from: 0, to: 10, end: 'busy', key: 'one' },
      { from: 0, to: 10, end: 'busy', key: 'two' },
      { from: 20, to: 30, end: 'unknown', key: 'two' },
    ] as const;
    assert.equal(shareAnswered(requests, []), 1 / 3);
  });

  it('shows nothing when it injects faults at an interval and none began for long, also at the end', () => {
    const often = { ...faultClass, every: 6_000 };
    const at = (...begins: number[]) => begins.map((from) => ({ ...injection, from, to: from + 100 }));
    const quietIn = (begins: number[], loadOver: number) =>
      checkMeaning(often, { ...good, injections: at(...begins), loadOver });
    assert.deepEqual(quietIn([0, 9_000, 18_500], 28_500), []);
    assert.deepEqual(quietIn([18_500, 0, 8_000], 20_000), ['no fault began for 10.5 s']);
    assert.deepEqual(quietIn([0, 6_000], 20_000), ['no fault began for 14.0 s']);
    assert.deepEqual(checkMeaning(faultClass, { ...good, injections: at(0), loadOver: 90_000 }), []);
  });

  it('reports each fault that was not recovered from in time, unless others overlapped it', () => {
    const injections = [
      { ...injection, recovery: RECOVERED_WITHIN },
      { ...injection, recovery: 5_000 },
    ];
    assert.deepEqual(checkRecoveries(faultClass, injections), [
      'not recovered from within 120 s: kill -9 orders',
    ]);
    assert.deepEqual(checkRecoveries({ ...faultClass, every: 6_000 }, injections), []);
    assert.deepEqual(checkRecoveries({ ...faultClass, hasty: true }, injections), []);
  });

  it('reports each service that ended by itself', () => {
    assert.deepEqual(checkEnds([]), []);
    assert.deepEqual(checkEnds(['orders']), ['ended by itself, and was started again: orders']);
  });
});

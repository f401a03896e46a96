import assert from 'node:assert/strict';
import { checkMeaning, shareAnswered } from './check-meaning.ts';
import type { Strike } from './strike-faults.ts';

const strike: Strike = { fault: 'kill -9 orders', from: 100, to: 200, hit: true };
const faultClass = {
  says: 'a test',
  orders: 1,
  faults: [{ name: 'kill -9 orders', parts: [], harm: async () => true }],
};
const ends = { undecided: 0, paid: 80, failed: 10, cancelled: 0, refunded: 10 };

describe('a torture', () => {
  it('that did its faults, and saw every end, shows something', () => {
    assert.deepEqual(checkMeaning(faultClass, { strikes: [strike], ends, answered: 1 }), []);
  });

  it('whose faults met nothing, or that saw an end too rarely, shows nothing', () => {
    const strikes = [{ ...strike, hit: false }];
    assert.deepEqual(
      checkMeaning(faultClass, { strikes, ends: { ...ends, refunded: 4, paid: 86 }, answered: 0.89 }),
      [
        'never happened: kill -9 orders',
        'only 4 of 100 orders ended as refunded',
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
    assert.equal(shareAnswered(requests, [strike]), 3 / 4);
  });

  it('without a request outside its faults has answered none', () => {
    assert.equal(shareAnswered([{ from: 110, to: 120, end: 'ok' }], [strike]), 0);
  });
});

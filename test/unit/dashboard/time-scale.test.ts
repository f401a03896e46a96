import assert from 'node:assert/strict';
import fc from 'fast-check';
import { timeScale } from '../../../dashboard/order-page/timeline/time-scale.ts';

const moments = fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1 });

describe('the time scale of an order', () => {
  it('keeps the order of moments, from the left edge to the right one', () => {
    fc.assert(
      fc.property(moments, (given) => {
        const { place, moments: known, begin, end } = timeScale(given);
        const places = known.map(place);
        assert.deepEqual(
          places,
          places.toSorted((one, other) => one - other),
        );
        assert.equal(place(begin), 0);
        if (end > begin) assert.equal(place(end), 1);
      }),
    );
  });

  it('shows milliseconds beside hours, and names each long pause', () => {
    const hour = 3_600_000;
    const { place, pauses } = timeScale([0, 4, 8, hour, hour + 4]);
    assert.ok(place(8) > 0.15, 'the first 8 ms are to be seen');
    assert.deepEqual(pauses, [{ from: 8, to: hour, ms: hour - 8 }]);
  });
});

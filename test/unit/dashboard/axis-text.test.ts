import assert from 'node:assert/strict';
import { axisText } from '../../../dashboard/order-page/timeline/axis-text.ts';

describe('the words of the time axis', () => {
  const written = (...moments: number[]) => moments.map(axisText(Math.max(...moments)).write);

  it('count from the beginning, in one form to the millisecond, however long the order took', () => {
    assert.deepEqual(written(0, 1_071, 1_120), ['+0\u00a0ms', '+1,071\u00a0ms', '+1,120\u00a0ms']);
    assert.deepEqual(written(4, 12_000, 723_049), ['+0:00.004', '+0:12.000', '+12:03.049']);
    assert.deepEqual(written(4, 3_603_049, 180_000_007), ['+0:00:00.004', '+1:00:03.049', '+50:00:00.007']);
  });

  it('name their unit', () => {
    assert.deepEqual(
      [9_999, 10_000, 3_600_000].map((length) => axisText(length).unit),
      ['ms', 'min:s', 'h:min:s'],
    );
  });
});

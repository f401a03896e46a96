import assert from 'node:assert/strict';
import type { Reading } from '#contracts/http/system-api.ts';
import { withGaps } from '../../../dashboard/system/charts/with-gaps.ts';

describe('the readings of a chart', () => {
  it('have a gap where none were taken for longer than they are apart', () => {
    const at = ['00', '09', '12', '25', '28'].map((second) => `2026-12-01T12:00:${second}.000Z`);
    const drawn = withGaps(at.map((moment) => ({ at: moment }) as Reading));
    assert.deepEqual(
      drawn.map(({ reading }) => reading?.at),
      [...at.slice(0, 3), undefined, ...at.slice(3)],
    );
    const times = drawn.map((one) => one.at);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
    );
  });
});

import assert from 'node:assert/strict';
import { PROVOCATIONS, UNPROVOKED } from '#tools/alerts/provocations.ts';
import { readAlertNames } from '#tools/alerts/rules.ts';

describe('npm run alerts', () => {
  it('has a fault for each alert of deploy/prometheus/, or a reason why not, and for no other', () => {
    const named = [...PROVOCATIONS.flatMap(({ fires }) => fires), ...Object.keys(UNPROVOKED)];
    assert.deepEqual(named.toSorted(), readAlertNames().toSorted());
  });
});

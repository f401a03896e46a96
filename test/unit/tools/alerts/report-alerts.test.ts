import assert from 'node:assert/strict';
import { isGood, resultTable, tellResult } from '#tools/alerts/report-alerts.ts';

const good = { alert: 'Old', fault: 'a cut', fired: 61.23, cleared: 0.5, problem: undefined };
const silent = { ...good, alert: 'New', fired: undefined, cleared: undefined, problem: 'waited in vain' };

describe('the report of npm run alerts', () => {
  it('has a row for each alert, also for one that was not tried', () => {
    assert.equal(
      resultTable([good, silent], { Odd: 'it needs a cloud' }, 60),
      `Each duration of the rules was divided by 60.

| alert | fault | fired after, s | gone after, s |
| --- | --- | --- | --- |
| Old | a cut | 61.2 | 0.5 |
| New | a cut | did not fire | stays |
| Odd | not tried: it needs a cloud | – | – |`,
    );
  });

  it('tells what fired when, and why something did not', () => {
    assert.equal(tellResult(good), '  Old: fired after 61.2 s, gone 0.5 s after the healing');
    assert.equal(tellResult(silent), '  New: DID NOT FIRE (waited in vain)');
    assert.equal(tellResult({ ...good, cleared: undefined }), '  Old: fired after 61.2 s, and STAYS');
  });

  it('calls an alert good that fired and is gone, without any other trouble', () => {
    const stays = { ...good, cleared: undefined };
    const failed = { ...good, problem: 'not healed' };
    assert.deepEqual([good, silent, stays, failed].map(isGood), [true, false, false, false]);
  });
});

import assert from 'node:assert/strict';
import { isGood, resultTable, tellResult } from '#tools/alerts/report-alerts.ts';

const good = { alert: 'Old', fault: 'a cut', factor: 60, fired: 61.23, cleared: 0.5, problem: undefined };
const silent = { ...good, alert: 'New', fired: undefined, cleared: undefined, problem: 'waited in vain' };

describe('the report of npm run alerts', () => {
  it('replaces the rows of what it is about, leaves the others, and says what was not tried', () => {
    const shown = `

| alert | fault   | divided by | fired after, s | gone after, s |
| ----- | ------- | ---------- | -------------- | ------------- |
| Old   | another | 30         | 1.0            | 2.0           |
| Else  | a kill  | 30         | 3.0            | 4.0           |

`;
    const sequence = ['Else', 'New', 'Odd', 'Old'];
    assert.equal(
      resultTable([good, silent], shown, { sequence, unprovoked: { Odd: 'it needs a cloud' } }),
      `| alert | fault | divided by | fired after, s | gone after, s |
| --- | --- | --- | --- | --- |
| Else | a kill | 30 | 3.0 | 4.0 |
| New | a cut | 60 | did not fire | – |
| Odd | not tried: it needs a cloud | – | – | – |
| Old | a cut | 60 | 61.2 | 0.5 |`,
    );
  });

  it('begins with an empty table', () => {
    const table = resultTable([good], '\n\n', { sequence: ['Old'], unprovoked: {} });
    assert.deepEqual(table.split('\n').slice(2), ['| Old | a cut | 60 | 61.2 | 0.5 |']);
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

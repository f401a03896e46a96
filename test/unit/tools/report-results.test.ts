import assert from 'node:assert/strict';
import { resultTables } from '#tools/torture/results/report-results.ts';
import type { TortureResult } from '#tools/torture/results/results.ts';

const result: TortureResult = {
  name: 'kill',
  seed: 2,
  began: '2026-01-01T00:00:00.000Z',
  seconds: 300,
  submitted: 10,
  acknowledged: 9,
  refused: 0,
  unknown: 1,
  cancels: 3,
  captures: 2,
  refunds: 4,
  lost: 0,
  ends: { undecided: 0, authorized: 0, paid: 9, failed: 0, cancelled: 0, expired: 0, refunded: 0 },
  faults: [{ fault: 'kill -9 orders', times: 2, recoveries: [1, 130] }],
  answered: 1,
  restAfter: 1,
  livesWatched: 4,
  endedByThemselves: [],
  holds: 17,
  broken: [],
  problems: [],
};

describe('the documented results of the torture', () => {
  it('replace the rows of what they are about, and leave the others', () => {
    const shown = `

| faults | seed | times | orders acknowledged | cancels | captures | refunds | never answered | lost | invariants |
| ------ | ---- | ----- | ------------------- | ------- | -------- | ------- | -------------- | ---- | ---------- |
| kill   | 1    | 5     | 5199                | 1300    | –        | –       | 1              | 0    | all hold   |
| links  | 1    | 45    | 16013               | 3924    | –        | –       | 143            | 0    | all hold   |

| fault          | times | recovery p50, s | longest, s |
| -------------- | ----- | --------------- | ---------- |
| a link is cut  | 9     | 14.8            | 37.8       |
| kill -9 orders | 1     | 10.4            | 10.4       |

`;
    assert.equal(
      resultTables([result], shown),
      `| faults | seed | times | orders acknowledged | cancels | captures | refunds | never answered | lost | invariants |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| links | 1 | 45 | 16013 | 3924 | – | – | 143 | 0 | all hold |
| kill | 2 | 2 | 9 | 3 | 2 | 4 | 1 | 0 | all hold |

| fault | times | recovery p50, s | longest, s |
| --- | --- | --- | --- |
| a link is cut | 9 | 14.8 | 37.8 |
| kill -9 orders | 2 | 1.0 | over 120 |`,
    );
  });
});

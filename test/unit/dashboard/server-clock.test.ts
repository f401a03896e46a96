import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { noteServerTime, serverTime } from '../../../dashboard/api/server-clock.ts';

const HOUR = 3_600_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');

describe("the server's clock, as a browser knows it,", () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'], now: NOON }));
  afterEach(() => {
    noteServerTime(new Date().toUTCString());
    mock.timers.reset();
  });

  it('is the browser’s own before a reply, and when that is right to a second', () => {
    for (const date of [null, 'nonsense', 'Sun, 01 Mar 2026 11:59:59 GMT', 'Sun, 01 Mar 2026 12:00:01 GMT']) {
      noteServerTime(date);
      assert.equal(serverTime(), NOON);
    }
  });

  for (const [how, behind] of [
    ['behind', HOUR],
    ['ahead', -HOUR],
  ] as const) {
    it(`is told by a reply when the browser’s is an hour ${how}, and goes on from there`, () => {
      noteServerTime(new Date(NOON + behind).toUTCString());
      assert.equal(serverTime(), NOON + behind);
      mock.timers.setTime(NOON + 500);
      assert.equal(serverTime(), NOON + behind + 500);
    });
  }
});

import assert from 'node:assert/strict';
import { remainingText } from '../../../dashboard/order-page/money/remaining-text.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('the time that is left of a hold', () => {
  it('is told in its two largest units', () => {
    const told = [
      9_000,
      MINUTE,
      4 * MINUTE + 5_000,
      HOUR,
      3 * HOUR + 12 * MINUTE,
      DAY,
      7 * DAY - 1_000,
      30 * DAY,
    ].map((ms) => remainingText(ms).replaceAll('\u00a0', ' '));
    assert.deepEqual(told, [
      '9 s',
      '1 min 00 s',
      '4 min 05 s',
      '1 h 00 min',
      '3 h 12 min',
      '1 day 0 h',
      '6 days 23 h',
      '30 days 0 h',
    ]);
  });

  it('is nothing only at the end, and never less', () => {
    assert.equal(remainingText(1).replace('\u00a0', ' '), '1 s');
    assert.equal(remainingText(0).replace('\u00a0', ' '), '0 s');
    assert.equal(remainingText(-5_000).replace('\u00a0', ' '), '0 s');
  });
});

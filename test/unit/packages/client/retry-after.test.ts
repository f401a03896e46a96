import assert from 'node:assert/strict';
import { refusal } from '@gozon/client';

describe('Retry-After, as a client reads it,', () => {
  const waitOf = (headers: Record<string, string>) => refusal({ status: 503, headers, body: '' }).retryAfter;

  it('is in seconds', () => {
    assert.equal(waitOf({ 'retry-after': '5' }), 5_000);
  });

  it('is a date by the clock of the one that sends it, not by the client’s', () => {
    const headers = { date: 'Sun, 01 Mar 2020 12:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2020 12:00:07 GMT' };
    assert.equal(waitOf(headers), 7_000);
  });
});

import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import { limitTimelines } from '#orders/timeline/limit-timelines.ts';
import { isProblem } from '#test/support/is-problem.ts';

describe('timelines', () => {
  // A window that does not end while the test runs.
  const limits = { ofUser: 3, ofAll: 7, window: 60 };

  it('are refused to a user who asks too often, and to nobody else', async () => {
    const limit = limitTimelines(limits);
    const [greedy, other] = [newId(), newId()];
    for (let n = 0; n < 3; n++) await limit(greedy);
    for (let n = 0; n < 10; n++) await assert.rejects(limit(greedy), isProblem('rate_limited'));
    for (let n = 0; n < 3; n++) await limit(other);
  });

  it('are refused to all when all together ask too often', async () => {
    const limit = limitTimelines(limits);
    for (let n = 0; n < 7; n++) await limit(newId());
    await assert.rejects(limit(newId()), isProblem('unavailable'));
  });
});

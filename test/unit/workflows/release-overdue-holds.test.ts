import assert from 'node:assert/strict';
import type { FactPayload } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { createLogger } from '#platform/process/logger.ts';
import { orUnexpected } from '#test/support/workflow/unexpected-activities.ts';
import { releaseOverdueHolds } from '#workflows/payment/release-overdue-holds.ts';

describe('the release of overdue holds', () => {
  it('leaves the rest for the next time when the process is told to stop', async () => {
    const holds = Array.from({ length: 3 }, overdueHold);
    const asked: string[] = [];
    const stop = new AbortController();
    const activities = orUnexpected({
      async expire({ orderId }) {
        asked.push(orderId);
        stop.abort();
        return { state: 'asked' };
      },
    });
    const log = createLogger('test', 'silent');
    await releaseOverdueHolds({ activities, findOverdue: async () => holds, log }, stop.signal);
    assert.deepEqual(asked, [holds[0]?.orderId]);
  });
});

function overdueHold(): FactPayload {
  return {
    type: 'payment.authorized',
    orderId: newId(),
    userId: newId(),
    amount: '1250',
    currency: 'EUR',
    time: '2026-03-01T12:00:00.000Z',
    captureBefore: '2026-03-01T13:00:00.000Z',
    signature: 'of the hold',
  };
}

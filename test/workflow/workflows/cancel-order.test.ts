import assert from 'node:assert/strict';
import type { CancellationPayload } from '#contracts/values/decision.ts';
import { fetchHistory, outline } from '#test/support/workflow/histories.ts';
import type { History } from '#test/support/workflow/histories.ts';
import { completed, dueOrder, openTimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { TimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { PaymentActivities, ToReport } from '#workflows/payment/activities.ts';

describe('the cancel workflow', function () {
  this.timeout(90_000);
  let server: TimeSkippingServer;
  before(async () => {
    server = await openTimeSkippingServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  const order = dueOrder();
  const refunded: CancellationPayload = {
    decision: completed(order),
    refundedAt: '2026-03-01T12:00:05.000Z',
  };
  const cancelled: CancellationPayload = {
    decision: { ...completed(order), outcome: 'declined', reason: 'cancelled' },
  };

  async function cancel(
    activities: Partial<PaymentActivities>,
  ): Promise<{ cancellation: CancellationPayload; history: History }> {
    const worker = await server.worker(activities);
    return worker.runUntil(async () => {
      await server.start(order, 'cancel');
      const cancellation = await server.cancellation(order);
      return { cancellation, history: await fetchHistory(server.cancel(order)) };
    });
  }

  for (const [verdict, answer] of [
    ['refunded', refunded],
    ['declined: cancelled', cancelled],
  ] as const) {
    it(`cancels and reports in a single workflow task: ${verdict}`, async () => {
      const reports: ToReport[] = [];
      const { cancellation, history } = await cancel({
        cancel: async () => answer,
        report: async (report) => void reports.push(report),
      });
      assert.deepEqual(cancellation, answer);
      assert.deepEqual(reports, [{ ...answer, traceparent: order.traceparent }]);
      assert.deepEqual(outline(history), [
        'workflow task',
        'done locally: Cancel 12.50 EUR',
        `done locally: Report ${verdict}`,
        'completed',
      ]);
    });
  }

  it('goes on for as long as payments is away, and reports what it then says', async () => {
    let attempts = 0;
    const { cancellation, history } = await cancel({
      async cancel() {
        if (++attempts <= 10) throw new Error('the connection broke');
        return refunded;
      },
      report: async () => {},
    });
    assert.deepEqual(cancellation, refunded);
    assert.deepEqual(outline(history), [
      'workflow task',
      'failed locally: Cancel 12.50 EUR',
      'ordinary activity: Cancel 12.50 EUR',
      'workflow task',
      'done locally: Report refunded',
      'completed',
    ]);
  });

  it('runs beside the payment of its order', async () => {
    const paying = Promise.withResolvers<void>();
    const worker = await server.worker({
      async debit() {
        await paying.promise;
        return cancelled.decision;
      },
      cancel: async () => cancelled,
      report: async () => {},
    });
    await worker.runUntil(async () => {
      await server.start(order);
      await server.start(order, 'cancel');
      assert.deepEqual(await server.cancellation(order), cancelled);
      paying.resolve();
      assert.deepEqual(await server.result(order), cancelled.decision);
    });
  });
});

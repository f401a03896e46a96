import assert from 'node:assert/strict';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { fetchHistory, outline } from '#test/support/workflow/histories.ts';
import { startOrder } from '#test/support/workflow/start-order.ts';
import { completed, dueOrder } from '#test/support/workflow/time-skipping.ts';
import type { ToReport } from '#workflows/payment/activities.ts';
import type { payOrder } from '#workflows/payment/pay-order.workflow.ts';

// On the real server: the time-skipping one never takes a workflow back from a worker that is gone.
describe('a payment whose worker stops', function () {
  this.timeout(90_000);
  let server: DevServer;
  before(async () => {
    server = await openDevServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  it('between debit and report is finished by another worker', async () => {
    const order = dueOrder();
    const payment = server.client.workflow.getHandle<typeof payOrder>(`order-${order.orderId}`);
    const debited = Promise.withResolvers<void>();
    const first = await server.worker({
      debit: async () => completed(order),
      async report() {
        debited.resolve();
        throw new Error('this worker is going down');
      },
    });
    await first.runUntil(async () => {
      await startOrder(server.client.workflow, order);
      await debited.promise;
    });
    assert.equal((await payment.describe()).status.name, 'RUNNING');

    const reports: ToReport[] = [];
    const second = await server.worker({
      debit: async () => completed(order),
      report: async (report) => void reports.push(report),
    });
    const decision = await second.runUntil(async () => payment.result());

    assert.deepEqual(decision, completed(order));
    assert.deepEqual(reports, [{ decision, traceparent: order.traceparent }]);
    assert.equal(outline(await fetchHistory(payment)).at(-1), 'completed');
  });
});

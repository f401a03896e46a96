import assert from 'node:assert/strict';
import path from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { startOrder, workflowIdOf } from '#test/support/workflow/start-order.ts';
import { completed, dueOrder } from '#test/support/workflow/time-skipping.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { PaymentActivities, ToReport } from '#workflows/payment/activities.ts';

// On the real server: the time-skipping one never takes a workflow back from a worker that is gone.
describe('an order that is under way while its workflow is upgraded', function () {
  this.timeout(90_000);
  let server: DevServer;
  let old: WorkflowBundleWithSourceMap;
  before(async () => {
    server = await openDevServer();
    old = await bundleWorkflowCode({
      workflowsPath: path.join(import.meta.dirname, '../fixtures/before-holds.workflow.ts'),
      logger: new DefaultLogger('ERROR'),
    });
  });
  after(async () => server[Symbol.asyncDispose]());

  const refunded = (order: ReturnType<typeof dueOrder>) => ({
    decision: completed(order),
    refundedAt: '2026-03-01T12:00:05.000Z',
  });

  for (const kind of ['pay', 'cancel'] as const) {
    for (const stuck of ['step', 'report'] as const) {
      it(`ends as it would have: ${kind}, in an outage of its ${stuck}`, async () => {
        const order = dueOrder();
        const reports: ToReport[] = [];
        let attempts = 0;
        let isAway = true;
        const orAway = async <Result>(part: typeof stuck, result: Result): Promise<Result> => {
          if (part === stuck && isAway) {
            attempts += 1;
            throw new Error('it is away');
          }
          return result;
        };
        const activities: Partial<PaymentActivities> = {
          debit: async () => orAway('step', completed(order)),
          cancel: async () => orAway('step', refunded(order)),
          async report(report) {
            await orAway('report', undefined);
            reports.push(report);
          },
        };
        const worker = await server.worker(activities, { workflowBundle: old });
        await worker.runUntil(async () => {
          await startOrder(server.client.workflow, order, kind);
          // Three attempts are of the local activity: this one is in the history.
          await eventually('an ordinary activity', () => attempts > 3);
        });
        isAway = false;
        const now = await server.worker(activities);
        const workflow = server.client.workflow.getHandle(workflowIdOf(kind, order.orderId));
        const result: unknown = await now.runUntil(async () => workflow.result());
        const expected = kind === 'pay' ? completed(order) : refunded(order);
        assert.deepEqual(result, expected);
        const { traceparent } = order;
        assert.deepEqual(reports, [
          kind === 'pay' ? { decision: completed(order), traceparent } : { ...refunded(order), traceparent },
        ]);
      });
    }
  }
});

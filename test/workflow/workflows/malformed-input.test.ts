import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import type { FactPayload } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { startOrder, workflowIdOf } from '#test/support/workflow/start-order.ts';
import { dueOrder } from '#test/support/workflow/time-skipping.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { OrderToHold, ToReport } from '#workflows/payment/activities.ts';

const TRACE = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('what is given to a workflow and has not the form of ours,', function () {
  this.timeout(90_000);
  let server: DevServer;
  before(async () => {
    server = await openDevServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  const malformed: Record<string, readonly unknown[]> = {
    nothing: [],
    'an empty object': [{}],
    'a text': ['order'],
    'an amount that is no number': [{ ...dueOrder(), amount: '12,50' }],
  };

  it('ends it at once as its input, and nothing is asked of payments', async () => {
    const worker = await server.worker({});
    await worker.runUntil(async () => {
      for (const type of ['payOrder', 'cancelOrder', 'refundOrder'])
        for (const [what, args] of Object.entries(malformed)) {
          const options = { workflowId: newId(), taskQueue: TASK_QUEUE, args: [...args] };
          await assert.rejects(server.client.workflow.execute(type, options), (error) => {
            assert.ok(error instanceof WorkflowFailedError, `${type} of ${what}`);
            assert.match(String(error.cause), /this is no order as orders asks for it: /);
            return true;
          });
        }
    });
  });

  it('is left out as a signal, and the signal after it is carried out', async () => {
    const order: OrderToHold = {
      ...dueOrder(),
      captureMethod: 'manual',
      captureWithin: 3_600,
      signature: 'of the hold',
    };
    const { orderId, userId, amount, currency } = order;
    const fact = { orderId, userId, amount, currency, time: '2026-03-01T12:00:00.000Z', signature: 'of it' };
    const authorized: FactPayload = {
      ...fact,
      type: 'payment.authorized',
      captureBefore: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const captured: FactPayload = { ...fact, type: 'payment.captured', amountCaptured: '400' };
    const captures: string[] = [];
    const reports: ToReport[] = [];
    const worker = await server.worker({
      authorize: async () => [authorized],
      async capture({ capture }) {
        captures.push(capture.amount);
        return [authorized, captured];
      },
      report: async (report) => void reports.push(report),
    });
    const result = await worker.runUntil(async () => {
      await startOrder(server.client.workflow, order, 'authorize');
      await eventually('the hold', () => reports.length > 0);
      const payment = server.client.workflow.getHandle(workflowIdOf('pay', orderId));
      const capture = { amount: '400', requestedAt: '2026-03-01T12:00:00.000Z', signature: 'of the capture' };
      await payment.signal('capture', {});
      await payment.signal('capture', {
        capture: { ...capture, requestedAt: undefined },
        traceparent: TRACE,
      });
      await payment.signal('release', { cancel: 'now' });
      await payment.signal('capture', { capture, traceparent: TRACE });
      return (await payment.result()) as FactPayload;
    });
    assert.deepEqual([result, captures], [captured, ['400']]);
  });
});

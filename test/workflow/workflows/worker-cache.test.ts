import assert from 'node:assert/strict';
import type { FactPayload } from '#contracts/values/decision.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { startOrder, workflowIdOf } from '#test/support/workflow/start-order.ts';
import { dueOrder } from '#test/support/workflow/time-skipping.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { OrderToHold, ToReport } from '#workflows/payment/activities.ts';

const CACHED = 3;
const HOLDS = 8;
/** In s. */
const CAPTURE_WITHIN = 3_600;

describe('a worker with more open workflows than it may keep in memory', function () {
  this.timeout(90_000);
  let server: DevServer;
  before(async () => {
    server = await openDevServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  it('keeps no more than it may, and continues each of them by its history', async () => {
    const orders = Array.from({ length: HOLDS }, orderToHold);
    const reports: ToReport[] = [];
    const worker = await server.worker(
      {
        authorize: async (order) => [authorizedOf(order)],
        capture: async (order) => [authorizedOf(order), capturedOf(order)],
        report: async (report) => void reports.push(report),
      },
      { cachedWorkflows: CACHED },
    );
    const results = await worker.runUntil(async () => {
      await Promise.all(orders.map(async (order) => startOrder(server.client.workflow, order, 'authorize')));
      await eventually('each to be held', () => reports.length === HOLDS);
      await eventually('the cache to be as small as it may be', () => cached() <= CACHED);
      const payments = orders.map(({ orderId }) =>
        server.client.workflow.getHandle(workflowIdOf('pay', orderId)),
      );
      const capture = { amount: '400', requestedAt: '2026-03-01T12:00:00.000Z', signature: 'of the capture' };
      await Promise.all(payments.map(async (one) => one.signal('capture', { capture, traceparent: TRACE })));
      return Promise.all(payments.map(async (payment) => payment.result() as Promise<FactPayload>));
    });
    assert.deepEqual(results, orders.map(capturedOf));

    function cached(): number {
      return worker.getStatus().numCachedWorkflows;
    }
  });
});

const TRACE = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function orderToHold(): OrderToHold {
  return { ...dueOrder(), captureMethod: 'manual', captureWithin: CAPTURE_WITHIN, signature: 'of the hold' };
}

function factOf({ orderId, userId, amount, currency }: OrderToHold, type: FactPayload['type']): FactPayload {
  return {
    orderId,
    userId,
    amount,
    currency,
    time: '2026-03-01T12:00:00.000Z',
    signature: `of ${type}`,
    type,
  };
}

const captureBefore = new Date(Date.now() + CAPTURE_WITHIN * 1_000).toISOString();

function authorizedOf(order: OrderToHold): FactPayload {
  return { ...factOf(order, 'payment.authorized'), captureBefore };
}

function capturedOf(order: OrderToHold): FactPayload {
  return { ...factOf(order, 'payment.captured'), amountCaptured: '400' };
}

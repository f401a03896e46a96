import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Cancellation, Decision } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import type { PaymentActivities } from '#workflows/payment/activities.ts';
import type { cancelOrder } from '#workflows/payment/cancel-order.workflow.ts';
import type { payOrder } from '#workflows/payment/pay-order.workflow.ts';
import type { ClaimedRow } from '#workflows/relay/outbox.queries.ts';
import { startWorkflow } from '#workflows/relay/start-workflow.ts';
import { createPaymentWorker } from '#workflows/worker.ts';
import { infrastructure } from '../infrastructure.ts';
import { orUnexpected } from './unexpected-activities.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** From Temporal's enums.v1.IndexedValueType. */
const KEYWORD = 2;

/** A Temporal server whose clock runs ahead while a test sleeps on it or waits for a result. One test at a time. */
export interface TimeSkippingServer extends AsyncDisposable {
  /** The worker as it is deployed, with activities that the test gives. Not running yet. */
  worker(activities: Partial<PaymentActivities>): ReturnType<typeof createPaymentWorker>;
  /** Starts a payment just as the relay does. */
  start(row: ClaimedRow): ReturnType<typeof startWorkflow>;
  payment(row: ClaimedRow): ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>;
  cancel(row: ClaimedRow): ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>;
  result(row: ClaimedRow): Promise<Decision>;
  cancellation(row: ClaimedRow): Promise<Cancellation>;
  sleep: TestWorkflowEnvironment['sleep'];
}

export async function openTimeSkippingServer(): Promise<TimeSkippingServer> {
  const bundle = await workflowBundle();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: infrastructure().temporalTestServer } },
  });
  const namespace = environment.namespace ?? 'default';
  const searchAttributes = { CustomerId: KEYWORD, OrderId: KEYWORD };
  await environment.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  const connection = environment.nativeConnection;
  const starter = new Client({ connection, namespace });
  const payment = (row: ClaimedRow) =>
    environment.client.workflow.getHandle<typeof payOrder>(`order-${row.orderId}`);
  const cancel = (row: ClaimedRow) =>
    environment.client.workflow.getHandle<typeof cancelOrder>(`cancel-${row.orderId}`);
  return {
    worker: async (activities) =>
      createPaymentWorker({
        connection,
        namespace,
        workflowBundle: bundle,
        activities: orUnexpected(activities),
      }),
    start: async (row) => startWorkflow(starter.workflow, row),
    payment,
    cancel,
    result: async (row) => payment(row).result(),
    cancellation: async (row) => cancel(row).result(),
    sleep: environment.sleep,
    [Symbol.asyncDispose]: async () => environment.teardown(),
  };
}

/** An order that is due to be paid, or cancelled. */
export function dueRow(kind: ClaimedRow['kind'] = 'pay'): ClaimedRow {
  return {
    outboxId: 1n,
    kind,
    orderId: newId(),
    userId: newId(),
    amount: 1250n,
    currency: 'EUR',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    attempts: 0,
    sweeps: 0,
  };
}

/** The decision that completes a payment. */
export function completed(row: ClaimedRow): Decision {
  const { orderId, userId, amount, currency } = row;
  const decidedAt = '2026-03-01T12:00:00.000Z';
  return { orderId, userId, amount: amount.toString(), currency, outcome: 'completed', decidedAt };
}

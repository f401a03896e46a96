import { Client } from '@temporalio/client';
import type { ClientOptions } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { CancellationPayload, DecisionPayload } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import type { OrderToPay, PaymentActivities, ReleaseSignal } from '#workflows/payment/activities.ts';
import type { cancelOrder } from '#workflows/payment/cancel-order.workflow.ts';
import type { payOrder } from '#workflows/payment/pay-order.workflow.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';
import { createPaymentWorker } from '#workflows/worker.ts';
import { infrastructure } from '../infrastructure.ts';
import { startOrder } from './start-order.ts';
import { orUnexpected } from './unexpected-activities.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** From Temporal's enums.v1.IndexedValueType. */
const KEYWORD = 2;

type Started = [order: OrderToPay, kind?: 'pay' | 'authorize' | 'cancel'];

/** A Temporal server whose clock runs ahead while a test sleeps on it or waits for a result. One test at a time. */
export interface TimeSkippingServer extends AsyncDisposable {
  /** The worker as it is deployed, with activities that the test gives. Not running yet. */
  worker(activities: Partial<PaymentActivities>): ReturnType<typeof createPaymentWorker>;
  /** Starts a payment just as the relay does. */
  start: (...order: Started) => ReturnType<typeof startOrder>;
  /** Signals a payment, or starts it too, just as the relay does. */
  signal(order: OrderToPay, signal: string, wish: object): Promise<void>;
  releaseOrStart(order: OrderToPay, wish: ReleaseSignal): Promise<unknown>;
  payment(order: OrderToPay): ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>;
  cancel(order: OrderToPay): ReturnType<TestWorkflowEnvironment['client']['workflow']['getHandle']>;
  result(order: OrderToPay): Promise<DecisionPayload>;
  cancellation(order: OrderToPay): Promise<CancellationPayload>;
  sleep: TestWorkflowEnvironment['sleep'];
  /** The server's time, in ms since 1970. */
  now: TestWorkflowEnvironment['currentTimeMs'];
}

/** @param options of the client that starts payments */
export async function openTimeSkippingServer(
  options: Pick<ClientOptions, 'interceptors'> = {},
): Promise<TimeSkippingServer> {
  const bundle = await workflowBundle();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: infrastructure().temporalTestServer } },
  });
  const namespace = environment.namespace ?? 'default';
  const searchAttributes = { CustomerId: KEYWORD, OrderId: KEYWORD };
  await environment.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  const connection = environment.nativeConnection;
  const starter = new Client({ connection, namespace, ...options });
  const payment = (order: OrderToPay) =>
    environment.client.workflow.getHandle<typeof payOrder>(paymentWorkflowId(order.orderId));
  const cancel = (order: OrderToPay) =>
    environment.client.workflow.getHandle<typeof cancelOrder>(cancelWorkflowId(order.orderId));
  return {
    worker: async (activities) =>
      createPaymentWorker({
        connection,
        namespace,
        workflowBundle: bundle,
        activities: orUnexpected(activities),
      }),
    start: async (...order) => startOrder(starter.workflow, ...order),
    payment,
    cancel,
    // What orders are paid at once with, and what cancels of an older copy of orders come to.
    result: async (order) => (await payment(order).result()) as DecisionPayload,
    cancellation: async (order) => (await cancel(order).result()) as CancellationPayload,
    signal: async (order, signal, wish) => payment(order).signal(signal, wish),
    releaseOrStart: async (order, { cancel: wish, traceparent }) =>
      PAYMENT_KINDS.release(starter.workflow, {
        workflowId: paymentWorkflowId(order.orderId),
        payload: { ...order, cancel: wish },
        traceparent,
      }),
    sleep: environment.sleep,
    now: async () => environment.currentTimeMs(),
    [Symbol.asyncDispose]: async () => environment.teardown(),
  };
}

/** An order that is due to be paid, or cancelled. */
export function dueOrder(): OrderToPay {
  return {
    orderId: newId(),
    userId: newId(),
    amount: '1250',
    currency: 'EUR',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
}

/** The decision that completes a payment. */
export function completed({ orderId, userId, amount, currency }: OrderToPay): DecisionPayload {
  const decidedAt = '2026-03-01T12:00:00.000Z';
  return { orderId, userId, amount, currency, outcome: 'completed', decidedAt };
}

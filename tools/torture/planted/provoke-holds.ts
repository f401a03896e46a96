import { ApiProblem } from '@gozon/client';
import type { Customer } from '@gozon/client';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { CAPTURE_SIGNAL, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { FaultTarget } from '../faults/fault.ts';
import { unmarkRows } from '../faults/orchestration.ts';
import { FORGED_TRACE, PRICE, untilIt } from './provoke.ts';

// As those in provoke.ts, of orders whose money is reserved first. What the product refuses then is no failure.

const BALANCE = 10n * PRICE;
const PART = 40n;
/** In s: what is not captured has to end before anything is looked at. */
const SHORT = 5;
const VERY_SHORT = 2;

/** Every row is dispatched once more, also that of a release that is done. */
export async function releaseAgain(target: FaultTarget): Promise<void> {
  const { customer, orderId } = await reserve(target);
  await customer.cancelOrder(orderId);
  await untilIt(customer, orderId, 'cancelled');
  for (const { harm } of unmarkRows) await harm(target);
}

export async function captureBeyondTheHold(target: FaultTarget): Promise<void> {
  const { customer, orderId } = await reserve(target, SHORT);
  await unlessRefused(customer.captureOrder(orderId, { amount: PRICE + PART }));
}

/** The money is not there to be reserved, and somebody captures it all the same. */
export async function captureRejected({ system }: FaultTarget): Promise<void> {
  const customer = await openCustomer(system, PRICE);
  const { orderId } = await customer.placeOrder({ amount: 2n * PRICE, captureMethod: 'manual' });
  await untilIt(customer, orderId, 'failed');
  await unlessRefused(customer.captureOrder(orderId, { amount: PART }));
}

/** Without Temporal nothing has released the hold yet when it has ended. */
export async function captureAfterTheEnd(target: FaultTarget): Promise<void> {
  const { customer, orderId } = await reserve(target, VERY_SHORT);
  const { workflowsToTemporal } = target.system.links;
  await workflowsToTemporal.cut();
  try {
    await eventually('the hold to end', async () => {
      const { rowCount } = await target.system.paymentsDb.query(
        'select from holds where order_id = $1 and capture_before < now()',
        [orderId],
      );
      return rowCount === 1;
    });
    await unlessRefused(customer.captureOrder(orderId));
  } finally {
    await workflowsToTemporal.heal();
  }
}

export async function capturePart(target: FaultTarget): Promise<void> {
  const { customer, orderId } = await reserve(target);
  await customer.captureOrder(orderId, { amount: PART });
  await untilIt(customer, orderId, 'paid');
}

/** Somebody who reaches Temporal signals a capture. Without the bug payments refuses it, and nothing is captured. */
export async function forgeCapture(target: FaultTarget): Promise<void> {
  const { orderId } = await reserve(target, SHORT);
  const capture = { amount: String(PART), requestedAt: new Date().toISOString(), signature: 'forged' };
  const connection = await Connection.connect({ address: target.system.temporalAddress });
  try {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    const handle = workflow.getHandle(paymentWorkflowId(orderId));
    await handle.signal(CAPTURE_SIGNAL, { capture, traceparent: FORGED_TRACE });
    await handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
  } finally {
    await connection.close();
  }
}

/** It is less than the order's amount, but more than was captured of it. */
export async function refundBeyondTheCapture(target: FaultTarget): Promise<void> {
  const { customer, orderId } = await reserve(target);
  await customer.captureOrder(orderId, { amount: PART });
  await untilIt(customer, orderId, 'paid');
  await unlessRefused(customer.refundOrder(orderId, { amount: PART + 1n }));
}

async function reserve(
  { system }: FaultTarget,
  captureWithin?: number,
): Promise<{ customer: Customer; orderId: string }> {
  const customer = await openCustomer(system, BALANCE);
  const within = captureWithin === undefined ? {} : { captureWithin };
  const { orderId } = await customer.placeOrder({ amount: PRICE, captureMethod: 'manual', ...within });
  await untilIt(customer, orderId, 'authorized');
  return { customer, orderId };
}

async function unlessRefused(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status >= 500) throw error;
  }
}

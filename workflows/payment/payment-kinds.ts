import { signalsOrStartsWorkflow, startsWorkflow } from '@gozon/temporal-outbox';
import type { Kinds, StartOptions } from '@gozon/temporal-outbox';
import { TypedSearchAttributes } from '@temporalio/common';
import type { SearchAttributePair } from '@temporalio/common';
import { WORKFLOW_TASK_TIMEOUT } from '#contracts/values/deadlines.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { CAPTURE_SIGNAL, RELEASE_SIGNAL } from '#contracts/values/workflow-ids.ts';
import { CUSTOMER_ID, ORDER_ID, TASK_QUEUE } from '#temporal-config/names.ts';
import type { CaptureSignal, OrderToHold, OrderToPay, OrderToRefund, ReleaseSignal } from './activities.ts';

/** What the outbox of orders asks for, each with the workflow that it starts or signals. */
export const PAYMENT_KINDS = paymentKinds(({ userId, orderId }) => [
  { key: CUSTOMER_ID, value: userId },
  { key: ORDER_ID, value: orderId },
]);

/**
 * The same where payloads are encrypted. Search attributes never are, so these say nothing of the customer. A keyed hash would still
 * tell which orders are of one customer, and no longer find them after its key was changed.
 */
export const ENCRYPTED_PAYMENT_KINDS = paymentKinds(({ orderId }) => [{ key: ORDER_ID, value: orderId }]);

type SearchAttributesOf = (order: OrderToPay) => SearchAttributePair[];

function paymentKinds(attributesOf: SearchAttributesOf) {
  return {
    pay: startsWorkflow(ofOrder('payOrder', 'Pay')),
    authorize: startsWorkflow(ofOrder('payOrder', 'Reserve')),
    capture: signalsOrStartsWorkflow({
      ...ofOrder('payOrder', 'Reserve'),
      signal: CAPTURE_SIGNAL,
      split: ({ capture, ...order }: OrderToHold & CaptureSignal) => ({ start: order, signal: { capture } }),
    }),
    release: signalsOrStartsWorkflow({
      ...ofOrder('payOrder', 'Reserve'),
      signal: RELEASE_SIGNAL,
      split: ({ cancel, ...order }: OrderToHold & ReleaseSignal) => ({ start: order, signal: { cancel } }),
    }),
    cancel: startsWorkflow(ofOrder('cancelOrder', 'Cancel')),
    refund: startsWorkflow<OrderToRefund>({
      ...ofOrder('refundOrder', 'Refund'),
      summary: ({ refund, currency }) => `Refund ${formatMoney(BigInt(refund), currency)}`,
    }),
  } as const satisfies Kinds;

  /** @param verb begins what the Web UI calls the run: "Pay 12.50 EUR" */
  function ofOrder(workflowType: string, verb: string): StartOptions<OrderToPay> {
    return {
      workflowType,
      taskQueue: TASK_QUEUE,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      summary: ({ amount, currency }) => `${verb} ${formatMoney(BigInt(amount), currency)}`,
      searchAttributes: (order) => new TypedSearchAttributes(attributesOf(order)),
    };
  }
}

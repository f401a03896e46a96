import { TypedSearchAttributes } from '@temporalio/common';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { CUSTOMER_ID, ORDER_ID, TASK_QUEUE } from '#temporal-config/names.ts';
import { startsWorkflow } from '../relay/registry.ts';
import type { Dispatch, Kinds } from '../relay/registry.ts';
import type { OrderToPay } from './activities.ts';

/** What the outbox of orders asks for, each with the workflow that it starts. */
export const PAYMENT_KINDS = {
  pay: startsOrderWorkflow('payOrder', 'Pay'),
  cancel: startsOrderWorkflow('cancelOrder', 'Cancel'),
} as const satisfies Kinds;

/** @param verb begins what the Web UI calls the run: "Pay 12.50 EUR" */
function startsOrderWorkflow(workflowType: string, verb: string): Dispatch {
  return startsWorkflow<OrderToPay>({
    workflowType,
    taskQueue: TASK_QUEUE,
    summary: ({ amount, currency }) => `${verb} ${formatMoney(BigInt(amount), currency)}`,
    searchAttributes: ({ userId, orderId }) =>
      new TypedSearchAttributes([
        { key: CUSTOMER_ID, value: userId },
        { key: ORDER_ID, value: orderId },
      ]),
  });
}

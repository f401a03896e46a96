import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { namespace } from './namespace.ts';

/** The task queue of the payment workflows and their activities. */
export const TASK_QUEUE = 'order-payments';

const [customerId, orderId] = namespace.searchAttributes;

/** Search attributes: `CustomerId = '…'` in the Web UI finds all of a customer's payments. */
export const CUSTOMER_ID = defineSearchAttributeKey(customerId, SearchAttributeType.KEYWORD);
export const ORDER_ID = defineSearchAttributeKey(orderId, SearchAttributeType.KEYWORD);

// Every workflow that the worker can run, by the name it is started under.
export { cancelOrder } from './cancel-order.workflow.ts';
export { payOrder } from './pay-order.workflow.ts';
export { refundOrder } from './refund-order.workflow.ts';

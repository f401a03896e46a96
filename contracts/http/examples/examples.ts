import type { Examples } from './example.ts';
import { ordersExamples } from './orders.ts';
import { paymentsExamples } from './payments.ts';
import { stackExamples } from './stack.ts';
import { systemExamples } from './system.ts';

/** Of every route, by operationId: taken from a running system, and such that they fit together. */
export const EXAMPLES: Examples = {
  ...paymentsExamples,
  ...ordersExamples,
  ...systemExamples,
  ...stackExamples,
};

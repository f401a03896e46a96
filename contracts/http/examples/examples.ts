import { codecExamples } from './codec.ts';
import type { Examples } from './example.ts';
import { ordersExamples } from './orders.ts';
import { paymentsExamples } from './payments.ts';
import { stackExamples } from './stack.ts';
import { systemExamples } from './system.ts';

/** The example of every route, by operationId. They come from a running system and agree with each other. */
export const EXAMPLES: Examples = {
  ...paymentsExamples,
  ...ordersExamples,
  ...systemExamples,
  ...codecExamples,
  ...stackExamples,
};

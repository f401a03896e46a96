import type { Topic } from '#platform/kafka/connect.ts';

export interface OrderToDebit {
  readonly orderId: string;
  readonly userId: string;
  /** In minor units, decimal. */
  readonly amount: string;
}

export interface Outcome {
  readonly orderId: string;
  readonly status: 'paid' | 'failed';
}

/** As many as the product's topic has. */
const PARTITIONS = 6;

export function ordersTopic(peer: string): Topic {
  return { name: `${peer}.orders`, partitions: PARTITIONS };
}

export function outcomesTopic(peer: string): Topic {
  return { name: `${peer}.outcomes`, partitions: PARTITIONS };
}

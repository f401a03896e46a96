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

/** As many partitions as the product's topic has. */
export function outcomesTopic(peer: string) {
  return { name: `${peer}.outcomes`, partitions: 6 };
}

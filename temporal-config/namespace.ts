/** Where our workflows live, in every environment. */
export const namespace = {
  name: 'gozon',
  description: 'Order payments',
  /**
   * How long a closed workflow can be looked at. Money does not depend on it: decisions and postings are never deleted.
   */
  retentionDays: 3,
  /** What workflows can be searched by. */
  searchAttributes: ['CustomerId', 'OrderId'],
} as const;

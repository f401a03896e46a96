/** The roles that processes report in their readiness. The dashboard shows some of them on the lanes of an order. */
export const HEALTH_ROLES = {
  database: 'database',
  schema: 'schema',
  consumer: 'consumer',
  consumerProgress: 'consumer progress',
  feed: 'feed',
  ordersDatabase: 'orders database',
  paymentsDatabase: 'payments database',
  relay: 'relay',
  relayProgress: 'relay progress',
  worker: 'worker',
  workerProgress: 'worker progress',
  /** Sends reports to Kafka. */
  producer: 'producer',
  /** The one role of a process that does not answer. */
  http: 'http',
} as const;

import type { TimelineEntry } from '#contracts/values/timeline.ts';

/** The lanes from top to bottom, as an order comes through them. */
export const LANES = [
  { component: 'http', name: 'Request', description: 'HTTP request that the gateway forwarded' },
  { component: 'orders', name: 'Order', description: 'status in the database of orders' },
  { component: 'outbox', name: 'Outbox', description: 'row that was committed with the order' },
  { component: 'relay', name: 'Relay', description: 'hands outbox rows to Temporal' },
  { component: 'temporal', name: 'Temporal', description: 'run of the workflow' },
  { component: 'worker', name: 'Worker', description: 'steps of the workflow' },
  { component: 'payments', name: 'Decision', description: 'made once, by payments' },
  { component: 'ledger', name: 'Ledger', description: 'postings, which sum to zero' },
  { component: 'kafka', name: 'Kafka', description: 'event that reports it' },
  { component: 'consumer', name: 'Consumer', description: 'applies the event to the order' },
] as const satisfies readonly { component: TimelineEntry['component']; name: string; description: string }[];

export function laneName(component: TimelineEntry['component']): string {
  return LANES.find((lane) => lane.component === component)?.name ?? component;
}

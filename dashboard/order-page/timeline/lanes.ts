import type { TimelineEntry } from '#contracts/values/timeline.ts';

/** The lanes from top to bottom, as an order comes through them. */
export const LANES = [
  { component: 'http', name: 'Request', is: 'HTTP request that the gateway let in' },
  { component: 'orders', name: 'Order', is: 'status in the database of orders' },
  { component: 'outbox', name: 'Outbox', is: 'row that was committed with the order' },
  { component: 'relay', name: 'Relay', is: 'hands outbox rows to Temporal' },
  { component: 'temporal', name: 'Temporal', is: 'run of the workflow' },
  { component: 'worker', name: 'Worker', is: 'steps of the workflow' },
  { component: 'payments', name: 'Decision', is: 'made once, by payments' },
  { component: 'ledger', name: 'Ledger', is: 'postings, which sum to zero' },
  { component: 'kafka', name: 'Kafka', is: 'event that reports it' },
  { component: 'consumer', name: 'Consumer', is: 'applies the event to the order' },
] as const satisfies readonly { component: TimelineEntry['component']; name: string; is: string }[];

export function laneName(component: TimelineEntry['component']): string {
  return LANES.find((lane) => lane.component === component)?.name ?? component;
}

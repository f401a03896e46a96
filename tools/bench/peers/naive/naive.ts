import type { Peer } from '../peer.ts';
import { startShop } from '../shop/start-programs.ts';

/** Outbox and Temporal as one would first put them together. */
export const naive: Peer = {
  name: 'naive',
  title: 'Temporal with a relay elsewhere and two ordinary activities',
  setUp:
    'The order and its outbox row are one transaction. A process of its own polls the outbox every 100 ms and starts a ' +
    "workflow for each row. A worker with the SDK's default settings runs two activities, the debit and the report to Kafka, as " +
    'https://docs.temporal.io/develop/typescript/activities has them. Orders consumes the reports.',
  start: async (rig, stack) => ({
    ...(await startShop(rig, stack, 'naive', ['orders', 'relay', 'worker'])),
    workflowId: (orderId) => orderId,
  }),
};

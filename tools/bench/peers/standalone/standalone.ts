import type { Peer } from '../peer.ts';
import { startShop } from '../shop/start-programs.ts';

export const standalone: Peer = {
  name: 'standalone',
  title: "Temporal's standalone activity in the place of the workflow",
  setUp:
    'As the product, but the relay starts an activity without a workflow, which debits and reports: ' +
    'https://docs.temporal.io/develop/typescript/activities/standalone-activities. Relay and worker are one process, and a ' +
    "NOTIFY wakes the relay. The SDK's default settings.",
  start: async (rig, stack) => ({
    ...(await startShop(rig, stack, 'standalone', ['orders', 'worker'])),
    workflowId: (orderId) => orderId,
  }),
};

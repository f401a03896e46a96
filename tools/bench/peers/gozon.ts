import pMap from 'p-map';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { findDecided } from '#tools/load/generate/decisions.queries.ts';
import { startServices } from '../start-services.ts';
import type { Peer } from './peer.ts';

/** This system, as `npm start` runs it. */
export const gozon: Peer = {
  name: 'gozon',
  title: 'This system',
  setUp: 'Its four services with their defaults.',
  async start(rig, stack) {
    const services = await startServices(rig, stack);
    return {
      baseUrl: services.gateway.url,
      processes: Object.entries(services).map(([name, { pid }]) => ({ name, pid })),
      openCustomers: async (count) =>
        pMap(Array.from({ length: count }), rig.openCustomer, { concurrency: 16 }),
      decidedAt: async (orderIds) => {
        const decided = await findDecided(rig.ordersDb, orderIds);
        return new Map(decided.map(({ orderId, decidedAt }) => [orderId, decidedAt]));
      },
      workflowId: paymentWorkflowId,
    };
  },
};

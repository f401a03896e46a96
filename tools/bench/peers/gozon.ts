import { existsSync } from 'node:fs';
import pMap from 'p-map';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { findDecided } from '#tools/load/generate/decisions.queries.ts';
import { bundleWorkflows, workflowBundleOf } from '#tools/stack/components/workflow-bundle.ts';
import { startServices } from '../start-services.ts';
import type { ServiceSettings } from '../start-services.ts';
import type { Peer } from './peer.ts';

/** This system, as `npm start` runs it. */
export const gozon: Peer = gozonWith({});

/** @param tell further settings of a service */
export function gozonWith(tell: ServiceSettings): Peer {
  return {
    name: 'gozon',
    title: 'This system',
    setUp: 'Its four services with their defaults.',
    async start(rig, stack) {
      // As npm start does it, which bundles once.
      const bundle = workflowBundleOf(rig.settings);
      if (!existsSync(bundle)) await bundleWorkflows(rig.settings);
      const services = await startServices(rig, stack, {
        ...tell,
        workflows: { WORKFLOW_BUNDLE: bundle, ...tell.workflows },
      });
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
}

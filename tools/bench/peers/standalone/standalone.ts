import type { Peer } from '../peer.ts';
import { openShop } from '../shop/open-shop.ts';
import { startGateway, startProgram } from '../shop/start-programs.ts';

const FOLDER = 'tools/bench/peers/standalone';

export const standalone: Peer = {
  name: 'standalone',
  title: "Temporal's standalone activity in the place of the workflow",
  setUp:
    'As the product, but the relay starts an activity without a workflow, which debits and reports: ' +
    'https://docs.temporal.io/develop/typescript/activities/standalone-activities. Relay and worker are one process, and a ' +
    "NOTIFY wakes the relay. The SDK's default settings.",
  async start(rig, stack) {
    const { settings, accounts } = await openShop(rig, stack, 'standalone');
    const start = async (name: string) =>
      startProgram(rig, stack, settings, { name, file: `${FOLDER}/run-${name}.ts` });
    const programs = await Promise.all([start('orders'), start('worker')]);
    const gateway = await startGateway(rig, stack, programs[0].url);
    return {
      baseUrl: gateway.url,
      processes: [gateway, ...programs],
      ...accounts,
      workflowId: (orderId) => orderId,
    };
  },
};

import type { Peer } from '../peer.ts';
import { openShop } from '../shop/open-shop.ts';
import { startGateway, startProgram } from '../shop/start-programs.ts';

const FOLDER = 'tools/bench/peers/naive';

/** Outbox and Temporal as one would first put them together. */
export const naive: Peer = {
  name: 'naive',
  title: 'Temporal with a relay elsewhere and two ordinary activities',
  setUp:
    'The order and its outbox row are one transaction. A process of its own polls the outbox every 100 ms and starts a ' +
    "workflow for each row. A worker with the SDK's default settings runs two activities, the debit and the report to Kafka, as " +
    'https://docs.temporal.io/develop/typescript/activities has them. Orders consumes the reports.',
  async start(rig, stack) {
    const { settings, accounts } = await openShop(rig, stack, 'naive');
    const start = async (name: string) =>
      startProgram(rig, stack, settings, { name, file: `${FOLDER}/run-${name}.ts` });
    const programs = await Promise.all([start('orders'), start('relay'), start('worker')]);
    const gateway = await startGateway(rig, stack, programs[0].url);
    return {
      baseUrl: gateway.url,
      processes: [gateway, ...programs],
      ...accounts,
      workflowId: (orderId) => orderId,
    };
  },
};

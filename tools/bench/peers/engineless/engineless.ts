import type { Peer } from '../peer.ts';
import { openShop } from '../shop/open-shop.ts';
import { startGateway, startProgram } from '../shop/start-programs.ts';

const FOLDER = 'tools/bench/peers/engineless';

/** Outboxes, inboxes and Kafka alone: no retries that are visible, no further step, no history. */
export const engineless: Peer = {
  name: 'engineless',
  title: 'outbox, Kafka and inbox, without an engine',
  setUp:
    'Orders relays its outbox to a topic. Payments consumes it in batches: one transaction has the inbox, the debits and ' +
    "payments' own outbox, which it relays to a second topic. Orders applies that in batches. A relay is woken by its own " +
    "process after each commit. All of it by the product's own code for Kafka.",
  uses: ['postgres', 'kafka'],
  async start(rig, stack) {
    const { settings, accounts } = await openShop(rig, stack, 'engineless');
    const start = async (name: string) =>
      startProgram(rig, stack, settings, { name, file: `${FOLDER}/run-${name}.ts` });
    const programs = await Promise.all([start('orders'), start('payments')]);
    const gateway = await startGateway(rig, stack, programs[0].url);
    return { baseUrl: gateway.url, processes: [gateway, ...programs], ...accounts };
  },
};

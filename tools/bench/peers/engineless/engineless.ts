import type { Peer } from '../peer.ts';
import { startShop } from '../shop/start-programs.ts';

/** Outboxes, inboxes and Kafka alone: no retries that are visible, no further step, no history. */
export const engineless: Peer = {
  name: 'engineless',
  title: 'outbox, Kafka and inbox, without an engine',
  setUp:
    'Orders relays its outbox to a topic. Payments consumes it in batches: one transaction has the inbox, the debits and ' +
    "payments' own outbox, which it relays to a second topic. Orders applies that in batches. A relay is woken by its own " +
    "process after each commit. All of it by the product's own code for Kafka.",
  uses: ['postgres', 'kafka'],
  start: async (rig, stack) => startShop(rig, stack, 'engineless', ['orders', 'payments']),
};

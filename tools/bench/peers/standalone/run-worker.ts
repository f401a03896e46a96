// Relay and worker in one process, as in the product; an activity takes the place of the workflow.
import { createWakeUp } from '@gozon/timing';
import { ActivityExecutionAlreadyStartedError, Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { listen } from '#platform/postgres/listen.ts';
import { createActivities } from '../shop/create-activities.ts';
import type { OrderToDebit } from '../shop/events.ts';
import { READY, log, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { ordersOutbox, runRelay } from '../shop/relay.ts';

/** As many as the product's relay has in flight. */
const BATCH = 64;
/** In ms: for hints that were lost. */
const POLL_EVERY = 1_000;

const settings = readPeerSettings();
const { ordersUrl, peer, temporal: address, namespace } = settings;
const { debit, report } = createActivities(settings);
const activities = { pay: async (order: OrderToDebit) => report(await debit(order)) };
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({ connection, namespace, taskQueue: peer, activities });
const client = new Client({ connection, namespace }).activity.typed<typeof activities>();
const wakeUp = createWakeUp();
const { signal } = new AbortController();

async function start(order: OrderToDebit): Promise<void> {
  try {
    await client.start('pay', {
      id: order.orderId,
      taskQueue: peer,
      args: [order],
      startToCloseTimeout: '5 seconds',
      idReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    // The process died before it marked the row.
    if (!(error instanceof ActivityExecutionAlreadyStartedError)) throw error;
  }
}

const running = worker.run();
listen({ url: ordersUrl, name: peer, channel: OUTBOX_CHANNEL, log, onHint: wakeUp.set });
console.log(READY);
await Promise.all([
  running,
  runRelay({
    ...ordersOutbox(openPool(ordersUrl), BATCH),
    dispatch: async (orders) => Promise.all(orders.map(start)),
    pause: async () => wakeUp.wait(POLL_EVERY, signal),
  }),
]);

// HTTP front, relay from the outbox to Kafka, and consumer of what payments report.
import { createWakeUp } from '@gozon/timing';
import { openProducer } from '#platform/kafka/producer.ts';
import { consumeOutcomes } from '../shop/apply-outcomes.ts';
import { ordersTopic } from '../shop/events.ts';
import { READY, kafkaOf, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { placeOrder } from '../shop/place-order.ts';
import { ordersOutbox, runRelay } from '../shop/relay.ts';
import { serveOrders } from '../shop/serve-orders.ts';
import { BATCH, POLL_EVERY } from './relaying.ts';

const settings = readPeerSettings();
const db = openPool(settings.ordersUrl);
const producer = openProducer(kafkaOf(settings));
const { name: topic } = ordersTopic(settings.peer);
const wakeUp = createWakeUp();
const { signal } = new AbortController();

await consumeOutcomes(settings, db);
await serveOrders(settings.port, async (order) => {
  const orderId = await placeOrder(db, order, { toOutbox: true });
  wakeUp.set();
  return orderId;
});
console.log(READY);
await runRelay({
  ...ordersOutbox(db, BATCH),
  dispatch: async (orders) =>
    producer.send(
      topic,
      // A customer's debits follow one another, as they wait for the same account anyway.
      orders.map((order) => ({ key: order.userId, value: JSON.stringify(order) })),
    ),
  pause: async () => wakeUp.wait(POLL_EVERY, signal),
});

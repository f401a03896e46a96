// Consumer of orders, whose inbox and outbox are in one transaction with the debits, and relay from that outbox to Kafka.
import { createWakeUp } from '@gozon/timing';
import { openProducer } from '#platform/kafka/producer.ts';
import { outcomeMessage } from '../shop/apply-outcomes.ts';
import { consumeTopic } from '../shop/consume-topic.ts';
import { ordersTopic, outcomesTopic } from '../shop/events.ts';
import type { OrderToDebit, Outcome } from '../shop/events.ts';
import { READY, kafkaOf, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { runRelay } from '../shop/relay.ts';
import { BATCH, POLL_EVERY } from './relaying.ts';

const settings = readPeerSettings();
const db = openPool(settings.paymentsUrl);
const producer = openProducer(kafkaOf(settings));
const { name: topic } = outcomesTopic(settings.peer);
const wakeUp = createWakeUp();
const { signal } = new AbortController();

await consumeTopic(settings, {
  topic: ordersTopic(settings.peer),
  db,
  async handle(values) {
    const orders = values.map((value) => JSON.parse(value) as OrderToDebit);
    await db.query({
      name: 'debit_orders',
      text: 'select debit_orders($1, $2, $3)',
      values: [
        orders.map(({ orderId }) => orderId),
        orders.map(({ userId }) => userId),
        orders.map(({ amount }) => amount),
      ],
    });
    wakeUp.set();
  },
});
console.log(READY);
await runRelay<Outcome>({
  async find() {
    const { rows } = await db.query<Outcome>({
      name: 'reports',
      text: `
        select order_id as "orderId", outcome as status from reports
        where dispatched_at is null order by created_at limit $1`,
      values: [BATCH],
    });
    return rows;
  },
  dispatch: async (outcomes) => producer.send(topic, outcomes.map(outcomeMessage)),
  mark: async (outcomes) =>
    db.query({
      name: 'reported',
      text: 'update reports set dispatched_at = clock_timestamp() where order_id = any($1::uuid[])',
      values: [outcomes.map(({ orderId }) => orderId)],
    }),
  pause: async () => wakeUp.wait(POLL_EVERY, signal),
});

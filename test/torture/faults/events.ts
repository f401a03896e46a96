import { newId } from '#contracts/ids.ts';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC, paymentEvent } from '#contracts/payment-events.ts';
import type { SeededRandom } from '../../../load/seeded-random.ts';
import type { System } from '../../kit/system.ts';
import type { Fault } from './fault.ts';

const { name: topic } = PAYMENT_STATUS_TOPIC;

/** How many events come again at a time, each up to three times. */
const REPEATED = 100;

export const repeatEvents: readonly Fault[] = [
  {
    name: 'events come again, out of order',
    parts: ['topic', 'kafka'],
    async harm({ system, random }) {
      const events = (await system.topics.readAll(topic)).flatMap(({ key, value }) =>
        key === null ? [] : [{ key, value }],
      );
      const again = Array.from({ length: Math.min(REPEATED, events.length) }, () => {
        const event = events[random.between(0, events.length - 1)];
        return event ? Array.from({ length: random.between(1, 3) }, () => event) : [];
      });
      await system.topics.produce(topic, shuffled(again.flat(), random));
      return events.length > 0;
    },
  },
];

export const rewindOffsets: readonly Fault[] = [
  {
    name: 'offsets go back to 0',
    parts: ['orders', 'topic', 'kafka'],
    async harm({ system }) {
      const copies = system.copiesOf('orders');
      await Promise.all(copies.map(async (copy) => copy.terminate()));
      await system.topics.rewind(PAYMENT_CONSUMER_GROUP, topic);
      await Promise.all(copies.map(async (copy) => copy.start()));
      return true;
    },
  },
];

export const poisonTopic: readonly Fault[] = [
  {
    name: 'messages that nobody can read',
    parts: ['topic', 'kafka'],
    async harm({ system }) {
      await producePoison(system);
      return true;
    },
  },
];

/** One of each kind: no JSON, no event, an event that the database refuses, an event of no order. */
export async function producePoison({ topics }: System): Promise<void> {
  const orderId = newId();
  const event = paymentEvent({
    type: 'payment.completed',
    orderId,
    userId: newId(),
    amount: 1n,
    currency: 'EUR',
    time: new Date().toISOString(),
  });
  const values = [
    '{"specversion":"1.0"',
    JSON.stringify({ ...event, type: 'payment.lost' }),
    JSON.stringify({ ...event, id: 'a\0b' }),
    JSON.stringify(event),
  ];
  await topics.produce(
    topic,
    values.map((value) => ({ key: orderId, value })),
  );
}

/** Fisher and Yates'. */
export function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.between(0, left.length - 1), 1));
}

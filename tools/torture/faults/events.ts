import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
} from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Fault } from './fault.ts';

const { name: topic } = PAYMENT_STATUS_TOPIC;

/** What has to be well for {@link producePoison}. */
export const POISON_NEEDS = ['kafka', 'postgres'];

/** How many events are sent again at a time, each up to three times. */
const REPEATED = 100;

/** In ms. */
const REWOUND_WITHIN = 30_000;

export const repeatEvents: readonly Fault[] = [
  {
    name: 'events come again, out of order',
    locks: ['topic', 'kafka'],
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
    locks: ['orders', 'topic', 'kafka'],
    async harm({ system }) {
      const copies = system.copiesOf('orders');
      await Promise.all(copies.map(async (copy) => copy.terminate()));
      try {
        // Over a broken link a copy cannot leave its group: it stays a member until its session ends.
        await eventually('offsets to go back', async () => rewind(system), { within: REWOUND_WITHIN });
      } finally {
        await Promise.all(copies.map(async (copy) => copy.start()));
      }
      return true;
    },
  },
];

async function rewind({ topics }: System): Promise<true> {
  await topics.rewind(PAYMENT_CONSUMER_GROUP, topic);
  return true;
}

export const poisonTopic: readonly Fault[] = [
  {
    name: 'messages that nobody can read',
    locks: ['topic', ...POISON_NEEDS],
    async harm({ system }) {
      await producePoison(system);
      return true;
    },
  },
];

/**
 * One of each kind: no JSON, no event, an event that the database refuses, of no order and of one that is there, an event
 * of no order.
 */
export async function producePoison({ topics, ordersDb }: System): Promise<void> {
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
  const poison = values.map((value) => ({ key: orderId, value }));
  const { rows } = await ordersDb.query<{ orderId: string }>(
    'select order_id as "orderId" from orders order by order_id desc limit 1',
  );
  const refused = rows.map((order) => ({ key: order.orderId, value: refusedRefund(order.orderId) }));
  await topics.produce(topic, [...poison, ...refused]);
}

/** If it were applied, the order would be refunded without payments' knowledge. */
function refusedRefund(orderId: string): string {
  const refund = paymentEvent({
    type: 'payment.refunded',
    orderId,
    userId: newId(),
    amount: 1n,
    currency: 'EUR',
    time: new Date().toISOString(),
  });
  return JSON.stringify({ ...refund, id: 'a\0b' });
}

/** Fisher and Yates'. */
export function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.between(0, left.length - 1), 1));
}

import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentFact } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { toSignedEvent } from '#tools/testbed/signing.ts';
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
 * One of each kind: no JSON, no event, an event with the id of another, one of no order, and a forged one of an order that
 * is there.
 */
export async function producePoison({ topics, ordersDb, secrets }: System): Promise<void> {
  const orderId = newId();
  const time = new Date().toISOString();
  const payment = { orderId, userId: newId(), amount: 1n, currency: 'EUR', time };
  const event = toSignedEvent({ type: 'payment.completed', ...payment }, secrets.signing);
  const values = [
    '{"specversion":"1.0"',
    JSON.stringify({ ...event, type: 'payment.lost' }),
    JSON.stringify({ ...event, id: `${newId()}/decision` }),
    JSON.stringify(event),
  ];
  const poison = values.map((value) => ({ key: orderId, value }));
  const { rows } = await ordersDb.query<{ orderId: string; userId: string }>(
    'select order_id as "orderId", user_id as "userId" from orders order by order_id desc limit 1',
  );
  const forged = rows.map((order) => ({ key: order.orderId, value: forgedRefund({ ...payment, ...order }) }));
  await topics.produce(topic, [...poison, ...forged]);
}

/** If it were applied, the order would be refunded without payments' knowledge. Only payments could have signed it. */
function forgedRefund(payment: Omit<PaymentFact, 'type'>): string {
  const guessed = 'a key that somebody guesses, of 32 characters or more';
  return JSON.stringify(toSignedEvent({ ...payment, type: 'payment.refunded' }, guessed));
}

/** Fisher and Yates'. */
export function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.between(0, left.length - 1), 1));
}

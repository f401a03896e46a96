import { PAYMENT_STATUS_DEAD_LETTERS, paymentEventSchema } from '#contracts/payment-events.ts';
import type { QueryExecutorProvider } from 'kysely';
import { readTopic } from '#platform/kafka/read-topic.ts';
import { readBacklogOf } from '#platform/kafka/topics.ts';
import { DEAD_LETTER_GROUP } from '../redrive.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { findExistingOf } from './orders.queries.ts';

/** In ms, for all of the topic. */
const DEADLINE = 10_000;

/** How many dead letters there are that nobody has given back to their topic. */
export async function countLetters(kafka: KafkaOptions): Promise<number> {
  const topic = PAYMENT_STATUS_DEAD_LETTERS.name;
  const { lag } = await readBacklogOf(kafka, { groupId: DEAD_LETTER_GROUP, topic, countOf: topic });
  return lag;
}

/**
 * I11: of the last `count` dead letters, which are those that were not given back, the good events of orders that exist,
 * each in a sentence.
 */
export async function findGoodLetters(
  orders: QueryExecutorProvider,
  kafka: KafkaOptions,
  count: number,
): Promise<string[]> {
  if (count === 0) return [];
  const all: Message[] = [];
  await readTopic({
    ...kafka,
    topic: PAYMENT_STATUS_DEAD_LETTERS.name,
    deadline: DEADLINE,
    onMessages: (messages) => void all.push(...messages),
  });
  const read = all.slice(-count).flatMap((message) => {
    const orderId = orderOf(message);
    return orderId === undefined ? [] : [{ source: sourceOf(message), orderId }];
  });
  const ids = [...new Set(read.map(({ orderId }) => orderId))];
  const existing = new Set(ids.length > 0 ? await findExistingOf(orders, ids) : []);
  const good = read.filter(({ orderId }) => existing.has(orderId));
  return good.map(
    ({ source, orderId }) => `${source} is a dead letter, and a good event of order ${orderId}.`,
  );
}

/** The order that a message is about; undefined when it can never be read or stored. */
function orderOf({ value, headers }: Message): string | undefined {
  if (String(headers['dead-letter-reason']).startsWith('the database refuses it')) return undefined;
  try {
    return paymentEventSchema.safeParse(JSON.parse(value?.toString() ?? '')).data?.data.orderId;
  } catch {
    return undefined;
  }
}

function sourceOf({ headers }: Message): string {
  return String(headers['dead-letter-source'] ?? 'A letter without its source');
}

import type { QueryExecutorProvider } from 'kysely';
import { DEAD_LETTER_HEADERS, deadLetterCodeOf } from '#contracts/events/dead-letters.ts';
import {
  PAYMENT_STATUS_DEAD_LETTERS,
  paymentEventSchema,
  DEAD_LETTER_GROUP,
} from '#contracts/events/payment-events.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { readUnhandled } from '#platform/kafka/topics.ts';
import { findExisting } from '../reconcile/reconcile.queries.ts';

/** Letters at a look, and how long it may take in ms; what was read by then is not read again. */
const LIMIT = 1_000;
const DEADLINE = 10_000;
/** Good ones that are kept: whoever has so many needs no list of more. */
const KEPT = 1_000;

interface GoodLetter {
  readonly partition: number;
  readonly offset: bigint;
  /** A sentence. */
  readonly says: string;
}

/**
 * I11: the good events of orders that exist among the dead letters, each until it has been given back to its topic. A
 * letter is looked at once, soon after it was written: whether it could be applied then is what is asked.
 */
export function watchLetters(orders: QueryExecutorProvider, kafka: KafkaOptions) {
  const seen = new Map<number, bigint>();
  let good: GoodLetter[] = [];
  return {
    /** Looks at those that follow. Returns how many these were. */
    async look(): Promise<number> {
      let count = 0;
      const topic = PAYMENT_STATUS_DEAD_LETTERS.name;
      const unhandled = await readUnhandled(kafka, { topic, groupId: DEAD_LETTER_GROUP });
      const ranges = unhandled.map(({ partition, from, to }) => {
        const next = (seen.get(partition) ?? -1n) + 1n;
        // The offsets of a topic that was deleted and created again start at 0.
        return { partition, from: next > from && next <= to ? next : from, to };
      });
      for await (const messages of readUpTo({ ...kafka, topic, ranges, limit: LIMIT, deadline: DEADLINE })) {
        good = [...good, ...(await findGood(orders, messages))].slice(0, KEPT);
        for (const { partition, offset } of messages) seen.set(partition, BigInt(offset));
        count += messages.length;
      }
      const left = new Map(unhandled.map(({ partition, from }) => [partition, from]));
      good = good.filter(({ partition, offset }) => offset >= (left.get(partition) ?? Infinity));
      return count;
    },
    good: () => good.map(({ says }) => says),
  };
}

async function findGood(orders: QueryExecutorProvider, messages: readonly Message[]): Promise<GoodLetter[]> {
  const read = messages.flatMap((message) => {
    const orderId = orderOf(message);
    return orderId === undefined ? [] : [{ message, orderId }];
  });
  const ids = [...new Set(read.map(({ orderId }) => orderId))];
  const existing = new Set(ids.length > 0 ? await findExisting(orders, ids) : []);
  return read
    .filter(({ orderId }) => existing.has(orderId))
    .map(({ message, orderId }) => ({
      partition: message.partition,
      offset: BigInt(message.offset),
      says: `${sourceOf(message)} is a dead letter, and a good event of order ${orderId}.`,
    }));
}

/** The order that a message is about; undefined when it can never be read or stored. */
function orderOf({ value, headers }: Message): string | undefined {
  if (deadLetterCodeOf(headers) === 'refused_by_database') return undefined;
  try {
    return paymentEventSchema.safeParse(JSON.parse(value?.toString() ?? '')).data?.data.orderId;
  } catch {
    return undefined;
  }
}

function sourceOf({ headers }: Message): string {
  return String(headers[DEAD_LETTER_HEADERS.source] ?? 'A letter without its source');
}

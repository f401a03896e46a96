import type { QueryExecutorProvider } from 'kysely';
import { DEAD_LETTER_HEADERS, deadLetterCodeOf } from '#contracts/events/dead-letters.ts';
import {
  PAYMENT_STATUS_DEAD_LETTERS,
  paymentEventSchema,
  DEAD_LETTER_GROUP,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { readUnhandled } from '#platform/kafka/topics.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { findSignatures } from '../reconcile/payments.queries.ts';
import { findExisting } from '../reconcile/reconcile.queries.ts';
import type { OrdersViews } from '../schema.ts';
import type { Check } from './check.ts';

/** Dead letters in one run. */
const LIMIT = 1_000;
/** For one run, in ms. Messages read by then are not read again. */
const DEADLINE = 10_000;
/** Breaches that are kept. A longer list would tell nothing more. */
const KEPT = 1_000;

interface AuditedDatabases {
  readonly ordersDb: Kysely<OrdersViews>;
  readonly paymentsDb: QueryExecutorProvider;
}

/** A dead letter that could have been applied. */
interface WronglyDeadLettered {
  readonly partition: number;
  readonly offset: bigint;
  readonly message: string;
}

/**
 * I11: dead letters that are a valid event of an existing order. Each is a breach until it is given back to its topic. A
 * dead letter is checked once, soon after it was written, because the question is whether it could be applied then.
 */
export function createDeadLetterCheck(databases: AuditedDatabases, kafka: KafkaOptions): Check {
  const position = new Map<number, bigint>();
  let wrong: WronglyDeadLettered[] = [];
  let checked = 0;
  let checkedAt: Date | undefined;
  return {
    name: 'dead letters',
    async run() {
      const topic = PAYMENT_STATUS_DEAD_LETTERS.name;
      const unhandled = await readUnhandled(kafka, { topic, groupId: DEAD_LETTER_GROUP });
      const ranges = unhandled.map(({ partition, from, to }) => {
        const next = (position.get(partition) ?? -1n) + 1n;
        // The offsets of a topic that was deleted and created again start at 0.
        return { partition, from: next > from && next <= to ? next : from, to };
      });
      for await (const messages of readUpTo({ ...kafka, topic, ranges, limit: LIMIT, deadline: DEADLINE })) {
        wrong = [...wrong, ...(await findApplicable(databases, messages))].slice(0, KEPT);
        for (const { partition, offset } of messages) position.set(partition, BigInt(offset));
        checked += messages.length;
      }
      const firstLeft = new Map(unhandled.map(({ partition, from }) => [partition, from]));
      wrong = wrong.filter(({ partition, offset }) => offset >= (firstLeft.get(partition) ?? Infinity));
      checkedAt = new Date();
    },
    results: () => [
      {
        id: 'I11',
        checked,
        checkedAt,
        breaches: wrong.map(({ message }) => message),
        waiting: [],
        fullPassAt: undefined,
      },
    ],
  };
}

/** Those of the dead letters that could have been applied: events that payments signed, of orders that exist. */
async function findApplicable(
  { ordersDb, paymentsDb }: AuditedDatabases,
  deadLetters: readonly Message[],
): Promise<WronglyDeadLettered[]> {
  const events = deadLetters.flatMap((deadLetter) => {
    const event = readEvent(deadLetter);
    return event ? [{ deadLetter, orderId: event.data.orderId, event }] : [];
  });
  if (events.length === 0) return [];
  const orderIds = [...new Set(events.map(({ orderId }) => orderId))];
  const existing = new Set(await findExisting(ordersDb, orderIds));
  const signatures = await findSignatures(paymentsDb, orderIds);
  return events
    .filter(({ orderId, event: { signature = '' } }) => signatures.has(signature) && existing.has(orderId))
    .map(({ deadLetter, orderId }) => ({
      partition: deadLetter.partition,
      offset: BigInt(deadLetter.offset),
      message: `${sourceOf(deadLetter)} is a dead letter, and a valid event of order ${orderId}.`,
    }));
}

/** The event that a dead letter is; undefined when the message can never be read or stored. */
function readEvent({ value, headers }: Message): PaymentEvent | undefined {
  if (deadLetterCodeOf(headers) === 'refused_by_database') return undefined;
  try {
    return paymentEventSchema.safeParse(JSON.parse(value?.toString() ?? '')).data;
  } catch {
    return undefined;
  }
}

function sourceOf({ headers }: Message): string {
  return String(headers[DEAD_LETTER_HEADERS.source] ?? 'A message without its source');
}

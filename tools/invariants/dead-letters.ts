import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { findExisting } from './compare.queries.ts';
import { tally } from './finding.ts';
import type { Finding } from './finding.ts';
import { readDeadLetters, readEvent } from './reports.ts';
import type { Reports } from './reports.ts';

/** In ms: how long the consumer may take to move an unreadable message, and how often it is looked for. */
const MOVE_DEADLINE = 5_000;
const LOOK_EVERY = 500;

/** I11. What can never be applied is what is no payment event, or one about an order that does not exist. */
export async function checkDeadLetters(
  orders: Kysely<unknown>,
  kafka: KafkaOptions,
  reports: Reports,
): Promise<Finding> {
  const found = tally({
    id: 'I11',
    says: 'The dead-letter topic holds each unreadable message at least once, and nothing else',
    things: 'messages of both topics',
  });
  const wanted = [...reports.unreadable, ...(await findOrphans(orders, reports))];
  const letters = await untilMoved(kafka, wanted);
  found.look(reports.messages + letters.length);
  const sources = new Set(letters.map(sourceOf));
  for (const source of wanted) {
    if (!sources.has(source))
      found.breach(`${source} can never be applied, and is not among the dead letters`);
  }
  const readable = letters.flatMap((letter) => {
    const event = readEvent(letter);
    return event ? [{ source: sourceOf(letter), orderId: event.data.orderId }] : [];
  });
  const existing = new Set(
    await findExisting(
      orders,
      readable.map(({ orderId }) => orderId),
    ),
  );
  for (const { source, orderId } of readable) {
    if (existing.has(orderId))
      found.breach(`${source} is among the dead letters, and is a good event of order ${orderId}`);
  }
  return found.finding();
}

/** Coordinates of events about orders that do not exist. */
async function findOrphans(orders: Kysely<unknown>, reports: Reports): Promise<string[]> {
  const existing = new Set(await findExisting(orders, [...reports.orders.keys()]));
  return [...reports.orders].flatMap(([orderId, sources]) => (existing.has(orderId) ? [] : sources));
}

async function untilMoved(kafka: KafkaOptions, wanted: readonly string[]): Promise<Message[]> {
  const deadline = performance.now() + MOVE_DEADLINE;
  for (;;) {
    const letters = await readDeadLetters(kafka);
    const sources = new Set(letters.map(sourceOf));
    if (wanted.every((source) => sources.has(source)) || performance.now() > deadline) return letters;
    await sleep(LOOK_EVERY);
  }
}

function sourceOf({ headers }: Message): string {
  const source = headers['dead-letter-source'];
  return source === undefined ? 'a letter without its source' : String(source);
}

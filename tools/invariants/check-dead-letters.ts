import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryExecutorProvider } from 'kysely';
import { DEAD_LETTER_HEADERS } from '#contracts/events/dead-letters.ts';
import { findExisting } from '#operations/reconcile/reconcile.queries.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { tally } from './check-result.ts';
import type { CheckResult } from './check-result.ts';
import { readDeadLetters, readEvents } from './read-reports.ts';
import type { Reports } from './read-reports.ts';

/** How long the consumer may take to move an unreadable message, in ms. */
const MOVE_DEADLINE = 5_000;
/** In ms. */
const POLL_INTERVAL = 500;

/**
 * I11. A message can never be applied when it is no payment event, one that payments did not sign, or one about an order
 * that does not exist.
 */
export async function checkDeadLetters(
  { orders, payments }: { orders: Kysely<unknown>; payments: QueryExecutorProvider },
  kafka: KafkaOptions,
  reports: Reports,
): Promise<CheckResult> {
  const check = tally({
    id: 'I11',
    title: 'The dead-letter topic holds each unreadable message at least once, and nothing else',
    things: 'messages of both topics',
  });
  const expected = [...reports.unreadable, ...(await findOrphans(orders, reports))];
  const deadLetters = await untilMoved(kafka, expected);
  check.count(reports.messages + deadLetters.length);
  const sources = new Set(deadLetters.map(sourceOf));
  for (const source of expected) {
    if (!sources.has(source))
      check.breach(`${source} can never be applied, and is not among the dead letters`);
  }
  const readable = (await readEvents(payments, deadLetters)).flatMap(({ message, event }) =>
    event ? [{ source: sourceOf(message), orderId: event.data.orderId }] : [],
  );
  const existing = new Set(
    await findExisting(
      orders,
      readable.map(({ orderId }) => orderId),
    ),
  );
  for (const { source, orderId } of readable) {
    if (existing.has(orderId))
      check.breach(`${source} is among the dead letters, and is a valid event of order ${orderId}`);
  }
  return check.result();
}

/** The sources of events about orders that do not exist. */
async function findOrphans(orders: Kysely<unknown>, reports: Reports): Promise<string[]> {
  const existing = new Set(await findExisting(orders, [...reports.orders.keys()]));
  return [...reports.orders].flatMap(([orderId, sources]) => (existing.has(orderId) ? [] : sources));
}

async function untilMoved(kafka: KafkaOptions, expected: readonly string[]): Promise<Message[]> {
  const deadline = performance.now() + MOVE_DEADLINE;
  for (;;) {
    const deadLetters = await readDeadLetters(kafka);
    const sources = new Set(deadLetters.map(sourceOf));
    if (expected.every((source) => sources.has(source)) || performance.now() > deadline) return deadLetters;
    await sleep(POLL_INTERVAL);
  }
}

function sourceOf({ headers }: Message): string {
  const source = headers[DEAD_LETTER_HEADERS.source];
  return source === undefined ? 'a dead letter without its source' : String(source);
}

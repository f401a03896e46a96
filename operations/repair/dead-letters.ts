import { DEAD_LETTER_HEADERS, deadLetterCodeOf } from '#contracts/events/dead-letters.ts';
import { DEAD_LETTER_GROUP, PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { problems } from '#contracts/http/problems.ts';
import type { listDeadLettersRoute, skipDeadLettersRoute } from '#contracts/http/repair-api.ts';
import type { BodyOf, ReplyOf } from '#contracts/http/route-contract.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { countMessages, readUnhandled } from '#platform/kafka/topics.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { OrdersViews } from '../schema.ts';
import { recordAction } from './actions.queries.ts';
import type { Operator } from './actions.queries.ts';

/** Dead letters in one request. */
export const LIMIT = 500;
/** For reading them, in ms. The gateway's upstream timeout is 10 s. */
export const DEADLINE = 6_000;

export const DEAD_LETTERS = { topic: PAYMENT_STATUS_DEAD_LETTERS.name, groupId: DEAD_LETTER_GROUP };

export interface DeadLetterOptions {
  readonly ordersDb: Kysely<OrdersViews>;
  readonly kafka: KafkaOptions;
  readonly log: Logger;
}

/**
 * The dead letters that were neither redriven nor skipped. Nobody's offsets move.
 * @throws Problem 503 when Kafka is away
 */
export async function listDeadLetters({
  kafka,
  log,
}: Omit<DeadLetterOptions, 'ordersDb'>): Promise<ReplyOf<typeof listDeadLettersRoute>> {
  const { topic } = DEAD_LETTERS;
  const found: Message[] = [];
  try {
    const ranges = await readUnhandled(kafka, DEAD_LETTERS);
    for await (const messages of readUpTo({ ...kafka, topic, ranges, limit: LIMIT, deadline: DEADLINE })) {
      found.push(...messages);
    }
    return {
      deadLetters: found.map(describe),
      deadLettersLeft: Math.max(0, countMessages(ranges) - found.length),
    };
  } catch (error) {
    log.warn({ err: error }, 'dead letters could not be listed');
    throw kafkaIsAway('No dead letter could be listed');
  }
}

/**
 * Passes over the dead letter at a position, and all before it in its partition.
 * @throws Problem 503 when Kafka is away
 */
export async function skipDeadLetters(
  { ordersDb, kafka, log }: DeadLetterOptions,
  { partition, offset, ...by }: Pick<BodyOf<typeof skipDeadLettersRoute>, 'partition' | 'offset'> & Operator,
): Promise<ReplyOf<typeof skipDeadLettersRoute>> {
  await recordAction(ordersDb, by, { action: 'skip', detail: { partition, offset } });
  const end = BigInt(offset) + 1n;
  let skipped = 0;
  try {
    const ranges = (await readUnhandled(kafka, DEAD_LETTERS))
      .filter((range) => range.partition === partition)
      .map(({ from, to }) => ({ partition, from, to: to < end ? to : end }));
    for await (const messages of readUpTo({ ...kafka, ...DEAD_LETTERS, ranges, deadline: DEADLINE })) {
      skipped += messages.length;
    }
  } catch (error) {
    log.warn({ err: error, skipped }, 'dead letters could not be skipped');
    throw kafkaIsAway('Not all of these dead letters were skipped');
  }
  if (skipped > 0) log.warn({ skipped, partition, offset }, 'dead letters were skipped');
  return { skipped };
}

export function kafkaIsAway(consequence: string): Error {
  return problems.unavailable(`Kafka does not answer. ${consequence}: repeat it in a moment.`, {
    retryAfter: 5,
  });
}

function describe({ partition, offset, timestamp = 0, key, headers }: Message) {
  return {
    partition,
    offset: Number(offset),
    at: new Date(timestamp).toISOString(),
    key,
    code: deadLetterCodeOf(headers) ?? null,
    reason: headers[DEAD_LETTER_HEADERS.reason]?.toString() ?? null,
    source: headers[DEAD_LETTER_HEADERS.source]?.toString() ?? null,
  };
}

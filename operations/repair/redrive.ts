import { DEAD_LETTER_HEADERS } from '#contracts/events/dead-letters.ts';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { redriveRoute } from '#contracts/http/repair-api.ts';
import type { BodyOf, ReplyOf } from '#contracts/http/route-contract.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { countMessages, readUnhandled } from '#platform/kafka/topics.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { OperatorOutbox } from '../operator-outbox.ts';
import { recordAction } from './actions.queries.ts';
import type { Operator } from './actions.queries.ts';
import { DEADLINE, DEAD_LETTERS, kafkaIsAway, LIMIT } from './dead-letters.ts';

export interface RedriveOptions {
  readonly outbox: OperatorOutbox;
  readonly kafka: KafkaOptions;
  readonly producer: MessageProducer;
  readonly log: Logger;
}

/**
 * Tries at once what waits: makes every outbox row that failed due, wakes the relay and, if asked to, gives dead letters
 * back to their topic. What is recorded of it is committed with the rows, and before any dead letter.
 * @throws Problem 503 when Kafka is away
 */
export async function redrive(
  options: RedriveOptions,
  { deadLetters, ...by }: Pick<BodyOf<typeof redriveRoute>, 'deadLetters'> & Operator,
): Promise<ReplyOf<typeof redriveRoute>> {
  const rows = await options.outbox.retryFailed(async (transaction) =>
    recordAction(transaction, by, { action: 'redrive', detail: { deadLetters } }),
  );
  const { handled, left } = deadLetters ? await redriveDeadLetters(options) : { handled: 0, left: 0 };
  return { rows, deadLetters: handled, deadLettersLeft: left };
}

/** A message that is still unreadable comes back as a new dead letter; the old one is not redriven twice. */
async function redriveDeadLetters({
  kafka,
  producer,
  log,
}: RedriveOptions): Promise<{ handled: number; left: number }> {
  let waiting = 0;
  let handled = 0;
  try {
    const ranges = await readUnhandled(kafka, DEAD_LETTERS);
    waiting = countMessages(ranges);
    const from = { ...kafka, ...DEAD_LETTERS, ranges, limit: LIMIT, deadline: DEADLINE };
    for await (const messages of readUpTo(from)) {
      const send = async () => producer.send(PAYMENT_STATUS_TOPIC.name, messages.map(asItWas));
      // The first send after an outage may use a connection that died in it. The producer then opens another.
      await send().catch(send);
      handled += messages.length;
    }
  } catch (error) {
    log.warn({ err: error, handled }, 'dead letters could not be redriven');
    if (handled === 0) throw kafkaIsAway('No dead letter was redriven');
  }
  const left = Math.max(0, waiting - handled);
  if (handled > 0) log.warn({ handled, left }, 'dead letters were redriven');
  return { handled, left };
}

const ADDED_HEADERS = new Set<string>(Object.values(DEAD_LETTER_HEADERS));

/** The message as it was before orders added headers to it. */
function asItWas({ key, value, headers }: Message): Pick<Message, 'key' | 'value' | 'headers'> {
  const own = Object.entries(headers).filter(([name]) => !ADDED_HEADERS.has(name));
  return { key, value, headers: Object.fromEntries(own) };
}

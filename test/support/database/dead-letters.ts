import { DEAD_LETTER_HEADERS, TRUNCATED_FROM_HEADER } from '#contracts/events/dead-letters.ts';
import { PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import type { Message } from '#platform/kafka/connect.ts';
import { consume } from '#platform/kafka/consumer.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createLogger } from '#platform/process/logger.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { infrastructure } from '../infrastructure.ts';

export interface DeadLetter {
  readonly key: string | null;
  readonly value: string | undefined;
  readonly code: string | undefined;
  readonly reason: string | undefined;
  readonly source: string | undefined;
  readonly contentType: string | undefined;
  readonly truncatedFrom: string | undefined;
}

/** The real dead-letter topic, to write to and to read what came of it. Tests share it: ask by keys of your own. */
export interface DeadLetterTopic extends AsyncDisposable {
  readonly producer: MessageProducer;
  /** How many messages were sent there through the producer. */
  readonly sent: () => number;
  /** The dead letters with this key, once there are as many as expected. */
  of(key: string | null, count: number): Promise<DeadLetter[]>;
}

export async function openDeadLetterTopic(): Promise<DeadLetterTopic> {
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log: createLogger('test', 'fatal') };
  await ensureTopics(kafka, [PAYMENT_STATUS_DEAD_LETTERS]);
  const messages: Message[] = [];
  let sent = 0;
  const producer = openProducer(kafka);
  const reader = consume({
    ...kafka,
    groupId: `test-${newId()}`,
    topics: [PAYMENT_STATUS_DEAD_LETTERS],
    onState: () => {},
    probe: async () => {},
    onBatch: async (batch) => void messages.push(...batch),
  });
  return {
    producer: {
      async send(topic, batch) {
        await producer.send(topic, batch);
        sent += batch.length;
      },
      [Symbol.asyncDispose]: async () => {},
    },
    sent: () => sent,
    of: async (key, count) =>
      eventually(`${count} dead letters with key ${key}`, () => {
        const found = messages.filter((message) => message.key === key).map(toDeadLetter);
        return found.length >= count && found;
      }),
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await producer[Symbol.asyncDispose]();
    },
  };
}

function toDeadLetter({ key, value, headers }: Message): DeadLetter {
  return {
    key,
    value: value?.toString(),
    code: headers[DEAD_LETTER_HEADERS.code]?.toString(),
    reason: headers[DEAD_LETTER_HEADERS.reason]?.toString(),
    source: headers[DEAD_LETTER_HEADERS.source]?.toString(),
    contentType: headers['content-type']?.toString(),
    truncatedFrom: headers[TRUNCATED_FROM_HEADER]?.toString(),
  };
}

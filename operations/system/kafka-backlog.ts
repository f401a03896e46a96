import {
  DEAD_LETTER_GROUP,
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
} from '#contracts/events/payment-events.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { readBacklogs } from '#platform/kafka/topics.ts';
import { Gauge } from '#platform/process/metrics.ts';

const EVENTS = { groupId: PAYMENT_CONSUMER_GROUP, topic: PAYMENT_STATUS_TOPIC.name };
const DEAD_LETTERS = { groupId: DEAD_LETTER_GROUP, topic: PAYMENT_STATUS_DEAD_LETTERS.name };

const lag = new Gauge({
  name: 'kafka_consumer_lag_messages',
  help: 'Messages of a topic that a group has not handled, at the last reading, some seconds ago. NaN when Kafka is away.',
  labelNames: ['group', 'topic'] as const,
});

function exposeLag({ groupId: group, topic }: typeof EVENTS | typeof DEAD_LETTERS, messages: number): void {
  lag.set({ group, topic }, messages);
}

export interface KafkaBacklog {
  /** Payment events that orders has not applied yet. */
  readonly consumerLag: number;
  /** All that the topic of dead letters holds. */
  readonly deadLetters: number;
}

/**
 * How many payment events wait, and how many dead letters there are. What nobody has handled of both is shown among the
 * metrics too.
 * @throws when Kafka does not answer
 */
export async function readKafkaBacklog(kafka: KafkaOptions): Promise<KafkaBacklog> {
  try {
    const [events, deadLetters] = await readBacklogs(kafka, [EVENTS, DEAD_LETTERS]);
    exposeLag(EVENTS, events.lag);
    exposeLag(DEAD_LETTERS, deadLetters.lag);
    return { consumerLag: events.lag, deadLetters: deadLetters.count };
  } catch (error) {
    for (const group of [EVENTS, DEAD_LETTERS]) exposeLag(group, NaN);
    throw error;
  }
}

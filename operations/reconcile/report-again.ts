import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { readBacklogOf } from '#platform/kafka/topics.ts';
import { describeError } from '#platform/process/health.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { Compared } from './compare-page.ts';

/** Messages that orders may have yet to read: with more, an event that has not arrived is late, not lost. */
const MAX_LAG = 1_000;

export interface Reporting {
  /** Writes an event to the topic, as the activity does that reports a payment. */
  readonly publish: (event: PaymentEvent) => Promise<void>;
  readonly kafka: KafkaOptions;
  readonly log: Logger;
}

/** How many orders' events were reported again, and why they were not. */
interface Reported {
  readonly reported: number;
  readonly notReported: string | null;
}

/**
 * Reports again what orders never heard: the same events, by the same ids, so that one which arrives after all is counted
 * once. @returns also when Kafka is away, with that as the reason
 */
export async function reportAgain(
  parts: Reporting,
  lost: readonly Compared[],
  dryRun: boolean,
): Promise<Reported> {
  if (lost.length === 0) return { reported: 0, notReported: null };
  if (dryRun) return { reported: 0, notReported: 'this is only a look' };
  let reported = 0;
  try {
    if (await isBehind(parts.kafka)) {
      return { reported: 0, notReported: 'orders has not read all that was reported yet' };
    }
    for (const one of lost) {
      for (const event of eventsOf(one)) await parts.publish(event);
      reported += 1;
    }
    parts.log.warn({ orders: reported }, 'events that never arrived were reported again');
    return { reported, notReported: null };
  } catch (error) {
    parts.log.warn({ err: error }, 'events that never arrived could not be reported again');
    return { reported, notReported: `Kafka is away: ${describeError(error)}` };
  }
}

async function isBehind(kafka: KafkaOptions): Promise<boolean> {
  const { lag } = await readBacklogOf(kafka, {
    groupId: PAYMENT_CONSUMER_GROUP,
    topic: PAYMENT_STATUS_TOPIC.name,
    countOf: PAYMENT_STATUS_DEAD_LETTERS.name,
  });
  return lag > MAX_LAG;
}

function eventsOf({ order, decided, verdict }: Compared): PaymentEvent[] {
  if (verdict.kind !== 'event_lost' || !decided) return [];
  const { orderId, userId, amount, currency, reason } = decided;
  return verdict.events.map(({ type, at }) =>
    paymentEvent({
      type,
      orderId,
      userId,
      amount,
      currency,
      ...(type === 'payment.declined' && reason && { reason }),
      time: at.toISOString(),
      ...(order?.traceparent && { traceparent: order.traceparent }),
    }),
  );
}

import {
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { statusAfter } from '#contracts/values/order-status.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readTopic } from '#platform/kafka/read-topic.ts';
import type { PartitionBounds } from '#platform/kafka/topics.ts';
import type { OrderRow } from './compare.queries.ts';
import type { Tally } from './finding.ts';

/** For the whole of a topic, in ms. */
const READ_DEADLINE = 60_000;

/** What lies on payment-status.v1. */
export interface Reports {
  readonly messages: number;
  /** By event id, what each event says, in one comparable line; more than one when repeats differ. */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** The orders that events are about, with the coordinates of each of them. */
  readonly orders: ReadonlyMap<string, readonly string[]>;
  /** Coordinates of what is no payment event, or none that can be stored. */
  readonly unreadable: readonly string[];
  readonly bounds: readonly PartitionBounds[];
}

export async function readReports(kafka: KafkaOptions): Promise<Reports> {
  const events = new Map<string, string[]>();
  const orders = new Map<string, string[]>();
  const unreadable: string[] = [];
  let messages = 0;
  const bounds = await readTopic({
    ...kafka,
    topic: PAYMENT_STATUS_TOPIC.name,
    deadline: READ_DEADLINE,
    onMessages: (batch) => {
      for (const message of batch) {
        messages += 1;
        const event = readEvent(message);
        if (!event) {
          unreadable.push(coordinates(message));
          continue;
        }
        const about = orders.get(event.data.orderId);
        if (about) about.push(coordinates(message));
        else orders.set(event.data.orderId, [coordinates(message)]);
        const line = lineOf(event);
        const known = events.get(event.id);
        if (!known) events.set(event.id, [line]);
        else if (!known.includes(line)) known.push(line);
      }
    },
  });
  return { messages, events, orders, unreadable, bounds };
}

/** Where a message lies, as a dead letter's header names its source. */
function coordinates({ topic, partition, offset }: Message): string {
  return `${topic}/${partition}/${offset}`;
}

/** The event that a message is; undefined when it can never be applied, whatever order it is about. */
export function readEvent(message: Pick<Message, 'value'>): PaymentEvent | undefined {
  try {
    const event = paymentEventSchema.safeParse(JSON.parse(message.value?.toString() ?? '')).data;
    // PostgreSQL takes no NUL in a text, so the inbox cannot note such an id.
    return event?.id.includes('\0') ? undefined : event;
  } catch {
    return undefined;
  }
}

export async function readDeadLetters(kafka: KafkaOptions): Promise<Message[]> {
  const letters: Message[] = [];
  await readTopic({
    ...kafka,
    topic: PAYMENT_STATUS_DEAD_LETTERS.name,
    deadline: READ_DEADLINE,
    onMessages: (batch) => {
      letters.push(...batch);
    },
  });
  return letters;
}

function lineOf({ type, data }: PaymentEvent): string {
  const reason = 'reason' in data ? data.reason : undefined;
  const status = statusAfter({ type, reason });
  return describeReport(status, status === 'failed' ? (reason ?? null) : null, data);
}

/** One comparable line: what an event says of an order, or what the order itself says. */
function describeReport(
  status: string,
  reason: string | null,
  about: { userId: string; amount: bigint | number; currency: string },
): string {
  return `${status}${reason ? ` (${reason})` : ''}, ${about.amount} ${about.currency} of ${about.userId}`;
}

/** A decided order's event must be on the topic and say what the order says, unless Kafka has dropped it for its age. */
export function checkReport(order: OrderRow, { events, bounds }: Reports, reported: Tally): void {
  if (order.status === 'created') return;
  const id = `${order.orderId}/${order.status === 'refunded' ? 'refund' : 'decision'}`;
  const found = events.get(id);
  if (!found && hasExpired(order, bounds)) return;
  reported.look();
  const expected = describeReport(order.status, order.failureReason, order);
  if (!found) reported.breach(`order ${order.orderId} is ${expected}, and event ${id} is not on the topic`);
  else if (found.length > 1 || found[0] !== expected) {
    reported.breach(
      `order ${order.orderId} is ${expected}, and event ${id} says ${found.join(', and then ')}`,
    );
  }
}

/** By the inbox's note of where the event lay; where that note was purged, by whether anything was dropped at all. */
function hasExpired({ topicPartition, topicOffset }: OrderRow, bounds: readonly PartitionBounds[]): boolean {
  if (topicOffset === null) return bounds.some(({ low }) => low > 0n);
  const part = bounds.find(({ partition }) => partition === topicPartition);
  return part !== undefined && topicOffset < part.low;
}

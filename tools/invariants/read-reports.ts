import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import {
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { eventMessage } from '#contracts/events/signed-messages.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { readBounds } from '#platform/kafka/topics.ts';
import type { OffsetRange } from '#platform/kafka/topics.ts';
import type { Tally } from './check-result.ts';
import type { OrderRow } from './compare-orders.queries.ts';

/** For a whole topic, in ms. */
const READ_DEADLINE = 60_000;

/** What lies on payment-status.v1. A message's source is its topic, partition and offset. */
export interface Reports {
  readonly messages: number;
  /** By event id, what each event reports, in one comparable line; more than one when repeats differ. */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** By order id, the sources of its events. */
  readonly orders: ReadonlyMap<string, readonly string[]>;
  /** The sources of messages that are no payment event, or one that payments did not sign. */
  readonly unreadable: readonly string[];
  readonly bounds: readonly OffsetRange[];
}

export async function readReports(payments: QueryExecutorProvider, kafka: KafkaOptions): Promise<Reports> {
  const events = new Map<string, string[]>();
  const orders = new Map<string, string[]>();
  const unreadable: string[] = [];
  let messages = 0;
  const topic = PAYMENT_STATUS_TOPIC.name;
  const bounds = await readBounds(kafka, topic);
  for await (const batch of readUpTo({ ...kafka, topic, ranges: bounds, deadline: READ_DEADLINE })) {
    messages += batch.length;
    for (const { message, event } of await readEvents(payments, batch)) {
      if (!event) {
        unreadable.push(sourceOf(message));
        continue;
      }
      const sources = orders.get(event.data.orderId);
      if (sources) sources.push(sourceOf(message));
      else orders.set(event.data.orderId, [sourceOf(message)]);
      const line = describeEvent(event);
      const lines = events.get(event.id);
      if (!lines) events.set(event.id, [line]);
      else if (!lines.includes(line)) lines.push(line);
    }
  }
  return { messages, events, orders, unreadable, bounds };
}

/** Where a message lies, as a dead letter's header names its source. */
function sourceOf({ topic, partition, offset }: Message): string {
  return `${topic}/${partition}/${offset}`;
}

/** Each message with its event; without one when it can never be applied, whatever order it is about. */
export async function readEvents(
  payments: QueryExecutorProvider,
  messages: readonly Message[],
): Promise<{ message: Message; event: PaymentEvent | undefined }[]> {
  const read = messages.map((message) => ({ message, event: parseEvent(message) }));
  const events = read.flatMap(({ event }) => (event ? [event] : []));
  const signed = new Set(await findSigned(payments, events));
  return read.map(({ message, event }) => ({
    message,
    event: event && signed.has(event) ? event : undefined,
  }));
}

function parseEvent(message: Message): PaymentEvent | undefined {
  try {
    return paymentEventSchema.safeParse(JSON.parse(message.value?.toString() ?? '')).data;
  } catch {
    return undefined;
  }
}

/** Those that payments signed, by its own keys. */
async function findSigned(
  payments: QueryExecutorProvider,
  events: readonly PaymentEvent[],
): Promise<PaymentEvent[]> {
  const signedTexts = events.map(({ type, data }) =>
    eventMessage({ ...data, type, reason: 'reason' in data ? data.reason : undefined }),
  );
  const { rows } = await sql<{ place: number }>`
    select place::int from unnest(${signedTexts}::text[], ${events.map(({ signature }) => signature ?? '')}::text[])
      with ordinality as event (message, signature, place)
    where is_signed(message, signature)`.execute(payments);
  return rows.flatMap(({ place }) => events[place - 1] ?? []);
}

export async function readDeadLetters(kafka: KafkaOptions): Promise<Message[]> {
  const topic = PAYMENT_STATUS_DEAD_LETTERS.name;
  const ranges = await readBounds(kafka, topic);
  return (await Array.fromAsync(readUpTo({ ...kafka, topic, ranges, deadline: READ_DEADLINE }))).flat();
}

function describeEvent({ type, data }: PaymentEvent): string {
  const reason = 'reason' in data ? data.reason : undefined;
  const status = statusOf(type, reason);
  return describeStatus(status, status === 'failed' ? (reason ?? null) : null, data);
}

function statusOf(type: PaymentEvent['type'], reason: string | undefined): OrderStatus {
  switch (type) {
    case 'payment.completed':
    case 'payment.captured':
      return 'paid';
    case 'payment.authorized':
      return 'authorized';
    case 'payment.refunded':
      return 'refunded';
    case 'payment.released':
      return 'cancelled';
    case 'payment.declined':
      return reason === 'cancelled' ? 'cancelled' : 'failed';
  }
}

/** One comparable line, of an event or of the order itself. */
function describeStatus(
  status: string,
  reason: string | null,
  about: { userId: string; amount: bigint | number; currency: string },
): string {
  return `${status}${reason ? ` (${reason})` : ''}, ${about.amount} ${about.currency} of ${about.userId}`;
}

/** A decided order's event must be on the topic and agree with the order, unless Kafka has dropped it for its age. */
export function checkReport(order: OrderRow, { events, bounds }: Reports, reported: Tally): void {
  if (order.status === 'created') return;
  const id = `${order.orderId}/${order.status === 'refunded' ? 'refund' : 'decision'}`;
  const lines = events.get(id);
  if (!lines && hasExpired(order, bounds)) return;
  reported.count();
  const expected = describeStatus(order.status, order.failureReason, order);
  if (!lines) reported.breach(`order ${order.orderId} is ${expected}, and event ${id} is not on the topic`);
  else if (lines.length > 1 || lines[0] !== expected) {
    reported.breach(`order ${order.orderId} is ${expected}, and event ${id} is ${lines.join(', and then ')}`);
  }
}

/** By where the inbox recorded the event; where that row was purged, by whether anything was dropped at all. */
function hasExpired({ topicPartition, topicOffset }: OrderRow, bounds: readonly OffsetRange[]): boolean {
  if (topicOffset === null) return bounds.some(({ from }) => from > 0n);
  const part = bounds.find(({ partition }) => partition === topicPartition);
  return part !== undefined && topicOffset < part.from;
}

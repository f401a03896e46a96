import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import {
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { eventMessage } from '#contracts/events/signed-messages.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { readBounds } from '#platform/kafka/topics.ts';
import type { OffsetRange } from '#platform/kafka/topics.ts';
import type { Tally } from './check-result.ts';
import type { DecisionRow, EventPlace, OrderRow } from './compare-orders.queries.ts';

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

/** One comparable line, of an event or of what payments has stored. */
function describe(what: string, { amount, currency, userId }: Of): string {
  return `${what}, of ${amount} ${currency} of ${userId}`;
}

interface Of {
  readonly userId: string;
  readonly amount: bigint | number;
  readonly currency: string;
}

function describeEvent(event: PaymentEvent): string {
  return describe(describeStep(event), event.data);
}

function describeStep({ type, data }: PaymentEvent): string {
  if (type === 'payment.completed') return 'completed';
  if (type === 'payment.authorized') return `authorized until ${data.captureBefore}`;
  if (type === 'payment.declined') return `declined (${data.reason})`;
  if (type === 'payment.captured') return `captured ${data.amountCaptured}`;
  if (type === 'payment.released') return `released (${data.reason})`;
  // Before there were refunds in parts, one was of the whole order and had no amounts.
  const { amount, refundAmount = amount, amountCaptured = amount, amountRefunded = amount } = data;
  return `refunded ${refundAmount} of ${amountCaptured}, ${amountRefunded} by then`;
}

/**
 * What an order says of its payment must be on the topic, as payments has it stored, unless Kafka has dropped it for its
 * age.
 */
export function checkReport(order: OrderRow, decision: DecisionRow, reports: Reports, reported: Tally): void {
  const due = eventsToExpect(order, decision).filter(
    ({ id }) => reports.events.has(id) || !hasExpired(id, order, reports.bounds),
  );
  if (due.length > 0) reported.count();
  for (const { id, what } of due) {
    const lines = reports.events.get(id);
    const expected = describe(what, decision);
    if (!lines)
      reported.breach(`order ${order.orderId} is ${order.status}, and event ${id} is not on the topic`);
    else if (lines.length > 1 || lines[0] !== expected) {
      reported.breach(`payments did: ${expected}; and event ${id} says: ${lines.join(', and then ')}`);
    }
  }
}

/** The events that an order must have had to be what it is. One that implies an earlier one may have come first. */
function eventsToExpect(order: OrderRow, decision: DecisionRow): { id: string; what: string }[] {
  const { orderId, status } = order;
  const { outcome, captured, amount, refunds } = decision;
  const heardOf = new Set(order.refunds.flatMap(({ refundId, isMade }) => (isMade ? [refundId] : [])));
  // From before there were refunds in parts there is no row of it.
  const isWhole = status === 'refunded' && order.refunds.length === 0;
  const taken = outcome === 'completed' ? amount : captured;
  const refunded = refunds
    .filter(({ refundId }) => isWhole || heardOf.has(refundId))
    .map((refund) => ({
      id: refund.refundId === orderId ? `${orderId}/refund` : `${orderId}/refund/${refund.refundId}`,
      what: `refunded ${refund.amount} of ${taken}, ${refund.total} by then`,
    }));
  if (status === 'created' || status === 'refunded') return refunded;
  const isOfHold = outcome === 'authorized' && status !== 'authorized';
  return [
    isOfHold
      ? { id: `${orderId}/hold`, what: describeEnd(decision) }
      : { id: `${orderId}/decision`, what: describeDecision(decision) },
    ...refunded,
  ];
}

function describeDecision({ outcome, reason, captureBefore }: DecisionRow): string {
  if (outcome === 'authorized') return `authorized until ${captureBefore?.toISOString()}`;
  return outcome === 'declined' ? `declined (${reason})` : outcome;
}

function describeEnd({ captured, releaseReason }: DecisionRow): string {
  return captured ? `captured ${captured}` : `released (${releaseReason})`;
}

/** By where the inbox recorded the event; where that row was purged, by whether anything was dropped at all. */
function hasExpired(id: string, { places }: OrderRow, bounds: readonly OffsetRange[]): boolean {
  const place: EventPlace | undefined = places.find(({ eventId }) => eventId === id);
  if (!place) return bounds.some(({ from }) => from > 0n);
  const part = bounds.find(({ partition }) => partition === place.partition);
  return part !== undefined && BigInt(place.offset) < part.from;
}

import { Kafka, logLevel } from 'kafkajs';
import type { Batch, Consumer, IHeaders, KafkaConfig, SASLOptions } from 'kafkajs';
import { KAFKA_CONNECT } from '#contracts/values/deadlines.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '../process/logger.ts';
import './explain-connection.ts';
import './idle-loop.ts';
import './silent-broker.ts';

// kafkajs is no longer developed. Only this file imports it, beside explain-connection.ts, idle-loop.ts and
// silent-broker.ts, which repair it. To replace it, rewrite this folder.

export type { Admin, Consumer, EachBatchPayload, Producer } from 'kafkajs';

export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface KafkaOptions {
  readonly brokers: string[];
  /** Its certificates, in PEM, where the system's authorities are not enough. */
  readonly tls?: KafkaTls | boolean;
  readonly sasl?: SASLOptions | undefined;
  readonly clientId: string;
  readonly log: Logger;
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** How long messages are kept, in ms; -1 is indefinitely. By default as the broker is configured. */
  readonly retention?: number;
}

/**
 * How old a client's knowledge of topics and brokers may be, in ms. kafkajs by default keeps it for 5 minutes: for as long
 * nobody writes to, or reads from, partitions that were added.
 */
export const METADATA_MAX_AGE = 5_000;

/** A message as it lies in a topic. */
export interface Message {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
  /** When it was written, in ms since 1970; undefined for one that was never in Kafka. */
  readonly timestamp?: number;
  /** That of the span in which it is handled, while spans are recorded. */
  readonly trace?: TraceContext;
}

export interface OutgoingMessage {
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers?: IHeaders;
}

/** A client of Kafka, not connected yet. Its own retries and timeouts are the caller's to choose. */
export function connect(options: KafkaOptions, extra: Partial<KafkaConfig>): Kafka {
  const { log } = options;
  return new Kafka({
    clientId: options.clientId,
    brokers: nextAddress(options.brokers),
    ssl: options.tls ?? false,
    ...(options.sasl && { sasl: options.sasl }),
    connectionTimeout: KAFKA_CONNECT.open,
    logLevel: logLevel.WARN,
    // kafkajs reports each failed attempt at error level; what it means is decided, and logged, by the code below.
    logCreator: () => (entry) => log.debug({ kafka: entry.log }, entry.log.message),
    ...extra,
  });
}

/** A batch's messages, oldest first. */
export function messagesOf(batch: Batch): Message[] {
  return batch.messages.map((message) => ({
    topic: batch.topic,
    partition: batch.partition,
    offset: message.offset,
    key: message.key?.toString() ?? null,
    value: message.value,
    headers: message.headers ?? {},
    timestamp: Number(message.timestamp),
  }));
}

/** The address at which clients begin, of each list of addresses. */
const first = new WeakMap<readonly string[], number>();

/**
 * For each list of addresses, kafkajs asks here for one when a client begins, and again when it cannot be reached. The
 * address that fails is left by all clients of the list, so that they begin at one that answers.
 */
function nextAddress(addresses: readonly string[]): () => string[] {
  let tried: number | undefined;
  return () => {
    let index = first.get(addresses) ?? 0;
    // Another client may have left it already.
    if (index === tried) index = (index + 1) % addresses.length;
    first.set(addresses, index);
    tried = index;
    return addresses.slice(index, index + 1);
  };
}

/**
 * Stops a consumer once its start has ended. A start that is under way cannot be stopped: kafkajs would go on with it, and
 * the consumer would be a member of its group that nobody stops.
 */
export async function stopAfter(starting: Promise<void>, consumer: Consumer): Promise<void> {
  await starting.catch(() => {});
  await consumer.disconnect();
}

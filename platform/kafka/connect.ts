import { Kafka, logLevel } from 'kafkajs';
import type { Batch, IHeaders, KafkaConfig, SASLOptions } from 'kafkajs';
import { KAFKA_CONNECT } from '#contracts/values/deadlines.ts';
import { OutageError } from '../process/classify-error.ts';
import type { Logger } from '../process/logger.ts';
import './idle-loop.ts';

// kafkajs is no longer developed. Only this file imports it, beside idle-loop.ts, which repairs a bug of it. To replace
// it, rewrite this folder.

export type { Admin, Consumer, EachBatchPayload, Producer } from 'kafkajs';

export interface KafkaOptions {
  readonly brokers: string[];
  readonly tls?: boolean;
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

/** A message as it lies in a topic. */
export interface Message {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
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
    brokers: options.brokers,
    ssl: options.tls ?? false,
    ...(options.sasl && { sasl: options.sasl }),
    connectionTimeout: KAFKA_CONNECT,
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
  }));
}

/** @throws OutageError when the work takes longer than `ms`; the work itself continues, and its result is ignored */
export async function withDeadline<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OutageError(`Kafka did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

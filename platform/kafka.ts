import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Batch, Consumer, EachBatchPayload, IHeaders, KafkaConfig, Producer } from 'kafkajs';
import './kafkajs-idle-loop.ts';
import { backOff } from './back-off.ts';
import { describe } from './health.ts';
import type { RoleState } from './health.ts';
import { inBackground, pause } from './lifecycle.ts';
import type { Logger } from './logger.ts';

// The one file that knows kafkajs, which is no longer developed: to replace it is to rewrite this file.

export interface KafkaOptions {
  readonly brokers: string[];
  readonly clientId: string;
  readonly log: Logger;
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
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

/**
 * All in ms. A send must be over, connection included, before the activity around it is timed out (3 s); a request that
 * long-polls for FETCH_WAIT must be given longer than that.
 */
const CONNECT_TIMEOUT = 1_000;
const SEND_TIMEOUT = 1_500;
const SEND_DEADLINE = 2_700;
const FETCH_WAIT = 1_000;
const FETCH_TIMEOUT = 4_000;
/** kafkajs's default of 30 s keeps a killed copy's partitions idle for as long; 6 s is the least a broker allows. */
const SESSION_TIMEOUT = 6_000;
const HEARTBEAT_EVERY = 1_500;
/** No fetch and no heartbeat for this long means a half-open link: kafkajs alone would wait for TCP to notice. */
const SILENCE_LIMIT = 8_000;
/** Past this without progress, although broker and database answer, only a new process helps. */
const STUCK_LIMIT = 60_000;

function connect(options: KafkaOptions, extra: Partial<KafkaConfig>): Kafka {
  const { log } = options;
  return new Kafka({
    clientId: options.clientId,
    brokers: options.brokers,
    connectionTimeout: CONNECT_TIMEOUT,
    logLevel: logLevel.WARN,
    // kafkajs reports each failed attempt at error level; what it means is decided, and logged, by the code below.
    logCreator: () => (entry) => log.debug({ kafka: entry.log }, entry.log.message),
    ...extra,
  });
}

/** Creates the topics that do not exist yet. Auto-creation would give them the broker's default of partitions. */
export async function ensureTopics(options: KafkaOptions, topics: readonly Topic[]): Promise<void> {
  const admin = connect(options, { retry: { retries: 1 }, requestTimeout: FETCH_TIMEOUT }).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
    });
  } finally {
    await withDeadline(admin.disconnect(), 1_000).catch(() => {});
  }
}

export interface MessageProducer extends AsyncDisposable {
  /** Resolves when all in-sync replicas have the messages. @throws within 3 s, after which it may still have happened */
  send(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
}

/**
 * A producer that connects at its first send and again after any failure: on a half-open link kafkajs would go on using
 * the dead connection until TCP gives it up, many minutes later.
 */
export function openProducer(options: KafkaOptions): MessageProducer {
  const kafka = connect(options, {
    requestTimeout: SEND_TIMEOUT,
    retry: { retries: 1, initialRetryTime: 100 },
  });
  let current: Promise<Producer> | undefined;

  async function open(): Promise<Producer> {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  }

  async function close(opened: Promise<Producer>): Promise<void> {
    await withDeadline(
      opened.then((producer) => producer.disconnect()),
      2_000,
    ).catch(() => {});
  }

  return {
    async send(topic, messages) {
      const mine = (current ??= open());
      try {
        await withDeadline(
          mine.then((producer) =>
            producer.send({ topic, acks: -1, timeout: SEND_TIMEOUT, messages: [...messages] as never }),
          ),
          SEND_DEADLINE,
        );
      } catch (error) {
        if (current === mine) current = undefined;
        void close(mine);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      if (current) await close(current);
    },
  };
}

export interface ConsumeOptions extends KafkaOptions {
  readonly groupId: string;
  readonly topics: readonly Topic[];
  /** Topics that must exist beside the consumed ones. */
  readonly alsoCreate?: readonly Topic[];
  /** Handles the messages of one partition, oldest first. When it throws it is given them again, for ever. */
  readonly onBatch: (messages: Message[]) => Promise<void>;
  readonly onState: (state: RoleState) => void;
  /** Fails when what onBatch depends on is away. */
  readonly probe: () => Promise<void>;
}

/**
 * Consumes until disposed. Offsets are committed after onBatch, so a message is handled at least once. When the broker
 * is away, or silent, the consumer is made again with back-off in this process; the process ends, by throwing, only when
 * nothing moves although broker and dependencies are well.
 */
export function consume(options: ConsumeOptions): AsyncDisposable {
  return inBackground(async (signal) => {
    let lastProgress = Date.now();
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await runConsumer(options, signal, () => {
          lastProgress = Date.now();
          failures = 0;
        });
      } catch (error) {
        options.onState({ ready: false, reason: describe(error) });
        options.log.warn({ err: error }, 'the consumer stopped, starting it again');
        if (Date.now() - lastProgress > STUCK_LIMIT && (await dependenciesAreWell(options))) {
          throw new Error('the consumer is stuck although broker and database are well', { cause: error });
        }
        await pause(backOff(failures, { min: 200, max: 3_000 }), signal);
      }
    }
  });
}

async function dependenciesAreWell(options: ConsumeOptions): Promise<boolean> {
  return Promise.all([ensureTopics(options, options.topics), options.probe()]).then(
    () => true,
    () => false,
  );
}

/** One life of a consumer: resolves when the signal aborts, throws when it crashed or fell silent. */
async function runConsumer(
  options: ConsumeOptions,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  await ensureTopics(options, [...options.topics, ...(options.alsoCreate ?? [])]);
  const kafka = connect(options, {
    requestTimeout: FETCH_TIMEOUT,
    retry: { retries: 2, initialRetryTime: 100, restartOnFailure: async () => false },
  });
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: SESSION_TIMEOUT,
    heartbeatInterval: HEARTBEAT_EVERY,
    rebalanceTimeout: 10_000,
    maxWaitTimeInMs: FETCH_WAIT,
    allowAutoTopicCreation: false,
  });
  const { crashed, alive, unwatch } = watch(consumer, options, onProgress);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: options.topics.map(({ name }) => name), fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: async (payload) => handleBatch(payload, options, signal, alive),
    });
    await Promise.race([crashed, untilAborted(signal)]);
  } finally {
    unwatch();
    await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
  }
}

function watch(consumer: Consumer, options: ConsumeOptions, onProgress: () => void) {
  let lastSign = Date.now();
  const alive = () => {
    lastSign = Date.now();
  };
  const progress = () => {
    alive();
    onProgress();
  };
  consumer.on(consumer.events.HEARTBEAT, progress);
  consumer.on(consumer.events.FETCH, progress);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    progress();
    options.onState({ ready: true });
  });
  let watchdog: NodeJS.Timeout | undefined;
  const crashed = new Promise<never>((_resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    watchdog = setInterval(() => {
      if (Date.now() - lastSign > SILENCE_LIMIT) reject(new Error('no answer from the broker'));
    }, 1_000);
  });
  crashed.catch(() => {});
  return { crashed, alive, unwatch: () => clearInterval(watchdog) };
}

/** Gives one partition's messages to onBatch until it takes them, staying in the group meanwhile. */
async function handleBatch(
  payload: EachBatchPayload,
  options: ConsumeOptions,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const { batch } = payload;
  const messages = messagesOf(batch);
  for (let failures = 1; !signal.aborted && payload.isRunning() && !payload.isStale(); failures++) {
    try {
      await options.onBatch(messages);
      payload.resolveOffset(batch.lastOffset());
      options.onState({ ready: true });
      return;
    } catch (error) {
      options.onState({ ready: false, reason: describe(error) });
      options.log.warn({ err: error, failures }, 'a batch could not be handled, trying again');
      await pause(backOff(failures, { min: 100, max: HEARTBEAT_EVERY }), signal);
      await payload.heartbeat();
      alive();
    }
  }
}

function messagesOf(batch: Batch): Message[] {
  return batch.messages.map((message) => ({
    topic: batch.topic,
    partition: batch.partition,
    offset: message.offset,
    key: message.key?.toString() ?? null,
    value: message.value,
    headers: message.headers ?? {},
  }));
}

/** What a partition held when it was looked at: offsets from `low` up to, but not including, `high`. */
export interface PartitionBounds {
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * Reads all that a topic holds at this moment, each partition oldest first, without moving anybody's offsets.
 * @param deadline for the whole, in ms
 * @returns the bounds of what was read; no partitions when there is no such topic
 */
export async function readTopic(
  options: KafkaOptions & { topic: string; deadline: number; onMessages: (messages: Message[]) => void },
): Promise<PartitionBounds[]> {
  const kafka = connect(options, {
    retry: { retries: 2, initialRetryTime: 100 },
    requestTimeout: FETCH_TIMEOUT,
  });
  const admin = kafka.admin();
  // kafkajs reads in groups only: this one is ours alone, and is deleted again.
  const groupId = `${options.clientId}.read.${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  await admin.connect();
  try {
    const bounds = await findBounds(admin, options.topic);
    const ends = new Map(
      bounds.filter(({ low, high }) => low < high).map((part) => [part.partition, part.high]),
    );
    if (ends.size > 0) await withDeadline(readUpTo(ends, consumer, options), options.deadline);
    return bounds;
  } finally {
    await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
    await withDeadline(admin.deleteGroups([groupId]), 3_000).catch(() => {});
    await withDeadline(admin.disconnect(), 1_000).catch(() => {});
  }
}

/**
 * How far a group is behind on a topic, and how many messages another topic holds.
 * @throws when the broker does not answer within 3 s
 */
export async function readBacklogOf(
  options: KafkaOptions,
  { groupId, topic, countOf }: { groupId: string; topic: string; countOf: string },
): Promise<{ lag: number; count: number }> {
  const admin = connect(options, { retry: { retries: 0 }, requestTimeout: SEND_TIMEOUT }).admin();
  const read = async () => {
    await admin.connect();
    const [bounds, groups, counted] = await Promise.all([
      findBounds(admin, topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
      findBounds(admin, countOf),
    ]);
    const committed = new Map(
      groups.flatMap(({ partitions }) => partitions.map((part) => [part.partition, BigInt(part.offset)] as const)),
    );
    const lag = bounds.map(({ partition, low, high }) => {
      const at = committed.get(partition) ?? -1n;
      return high - (at < low ? low : at);
    });
    const sum = (numbers: readonly bigint[]) => Number(numbers.reduce((total, number) => total + number, 0n));
    return { lag: sum(lag), count: sum(counted.map(({ low, high }) => high - low)) };
  };
  try {
    return await withDeadline(read(), 3_000);
  } finally {
    await withDeadline(admin.disconnect(), 1_000).catch(() => {});
  }
}

async function findBounds(admin: Admin, topic: string): Promise<PartitionBounds[]> {
  try {
    const parts = await admin.fetchTopicOffsets(topic);
    return parts.map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }));
  } catch (error) {
    if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return [];
    throw error;
  }
}

async function readUpTo(
  ends: Map<number, bigint>,
  consumer: Consumer,
  { topic, onMessages }: { topic: string; onMessages: (messages: Message[]) => void },
): Promise<void> {
  const { promise: read, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const end = ends.get(batch.partition);
      if (end === undefined) return;
      onMessages(messagesOf(batch).filter(({ offset }) => BigInt(offset) < end));
      if (BigInt(batch.lastOffset()) + 1n >= end) ends.delete(batch.partition);
      if (ends.size === 0) resolve();
    },
  });
  await read;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** @throws Error when the work takes longer than `ms`; the work itself goes on, unheard */
async function withDeadline<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Kafka did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

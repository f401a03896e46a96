import { randomUUID } from 'node:crypto';
import { FETCH_TIMEOUT, SEND_TIMEOUT, connect, messagesOf, withDeadline } from './connect.ts';
import type { Admin, Consumer, KafkaOptions, Message, Topic } from './connect.ts';

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
  const admin = connect(options, {
    retry: { retries: 2, initialRetryTime: 100 },
    requestTimeout: SEND_TIMEOUT,
  }).admin();
  const read = async () => {
    await admin.connect();
    const [bounds, groups, counted] = await Promise.all([
      findBounds(admin, topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
      findBounds(admin, countOf),
    ]);
    const committed = new Map(
      groups.flatMap(({ partitions }) =>
        partitions.map((part) => [part.partition, BigInt(part.offset)] as const),
      ),
    );
    const lag = bounds.map(({ partition, low, high }) => {
      const at = committed.get(partition) ?? -1n;
      // Asked for at once, the group may have come further than the topic's end was.
      return at > high ? 0n : high - (at < low ? low : at);
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

/** The offsets of each partition; none when there is no such topic. */
export async function findBounds(admin: Admin, topic: string): Promise<PartitionBounds[]> {
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

import { randomUUID } from 'node:crypto';
import { FETCH_TIMEOUT, connect, messagesOf, withDeadline } from './connect.ts';
import type { Admin, Consumer, KafkaOptions, Message } from './connect.ts';
import { findBounds, findUnread } from './topics.ts';
import type { PartitionBounds } from './topics.ts';

interface Reading extends KafkaOptions {
  readonly topic: string;
  /** For the whole, in ms. */
  readonly deadline: number;
  readonly onMessages: (messages: Message[]) => Promise<void> | void;
}

/**
 * Reads all that a topic holds at this moment, each partition oldest first, without moving anybody's offsets.
 * @returns the bounds of what was read; no partitions when there is no such topic
 */
export async function readTopic(options: Reading): Promise<PartitionBounds[]> {
  // kafkajs reads in groups only: this one is ours alone, and is deleted again.
  const groupId = `${options.clientId}.read.${randomUUID()}`;
  return withReader(options, groupId, async (admin, consumer) => {
    const bounds = await findBounds(admin, options.topic);
    const filled = bounds.filter(({ low, high }) => low < high);
    const ends = new Map(filled.map(({ partition, high }) => [partition, high]));
    if (ends.size === 0) return bounds;
    try {
      const onBatch = async (messages: Message[]) => options.onMessages(messages);
      await withDeadline(readUpTo(ends, consumer, options.topic, onBatch), options.deadline);
      return bounds;
    } finally {
      await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
      await withDeadline(admin.deleteGroups([groupId]), 3_000).catch(() => {});
    }
  });
}

export interface ReadOn extends Reading {
  /** Remembers how far the topic was read. Several that read on at once share the partitions. */
  readonly groupId: string;
  /** Messages at most. */
  readonly limit: number;
}

/**
 * Reads a topic on from where the group left off, up to what lies there at this moment: once, where a consumer would wait
 * for more. Each batch is committed after it was handled, so a message is handled at least once, and stays handled when
 * the deadline cuts the rest short.
 * @returns how many messages were handled, and how many are left
 * @throws when the broker is away, or nothing could be read within the deadline
 */
export async function readOn(options: ReadOn): Promise<{ handled: number; left: number }> {
  const { topic, groupId, limit, deadline, onMessages } = options;
  return withReader(options, groupId, async (admin, consumer) => {
    const unread = await findUnread(admin, { topic, groupId });
    const ends = new Map(unread.map(({ partition, to }) => [partition, to]));
    const count = unread.reduce((sum, { from, to }) => sum + Number(to - from), 0);
    if (count === 0) return { handled: 0, left: 0 };
    let handled = 0;
    const onBatch = async (all: Message[], partition: number, next: bigint) => {
      const messages = all.slice(0, limit - handled);
      if (messages.length > 0) await onMessages(messages);
      const offset = all[messages.length]?.offset ?? next.toString();
      await consumer.commitOffsets([{ topic, partition, offset }]);
      handled += messages.length;
      return handled < limit;
    };
    try {
      await withDeadline(readUpTo(ends, consumer, topic, onBatch), deadline);
    } catch (error) {
      if (handled === 0) throw error;
    }
    return { handled, left: Math.max(0, count - handled) };
  });
}

async function withReader<Result>(
  options: KafkaOptions,
  groupId: string,
  use: (admin: Admin, consumer: Consumer) => Promise<Result>,
): Promise<Result> {
  const kafka = connect(options, {
    retry: { retries: 2, initialRetryTime: 100 },
    requestTimeout: FETCH_TIMEOUT,
  });
  const admin = kafka.admin();
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    sessionTimeout: 6_000,
  });
  await admin.connect();
  try {
    return await use(admin, consumer);
  } finally {
    await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
    await withDeadline(admin.disconnect(), 1_000).catch(() => {});
  }
}

/**
 * Resolves when each partition has been read up to its end.
 * @param ends what follows the last offset that is wanted, by partition; others are not read
 * @param onBatch given messages below the end, and the offset after all of the batch; false says that it is enough
 */
async function readUpTo(
  ends: ReadonlyMap<number, bigint>,
  consumer: Consumer,
  topic: string,
  onBatch: (messages: Message[], partition: number, next: bigint) => Promise<boolean | void>,
): Promise<void> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const open = new Map(ends);
  let isEnough = false;
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async (payload) => {
      const { batch } = payload;
      const { partition } = batch;
      const end = open.get(partition);
      if (end === undefined || isEnough || payload.isStale() || !payload.isRunning()) return;
      const messages = messagesOf(batch).filter(({ offset }) => BigInt(offset) < end);
      const last = BigInt(batch.lastOffset()) + 1n;
      const next = last < end ? last : end;
      if ((await onBatch(messages, partition, next)) === false) isEnough = true;
      if (next >= end) open.delete(partition);
      if (open.size === 0 || isEnough) resolve();
    },
  });
  await done;
}

import { randomUUID } from 'node:crypto';
import { KAFKA_FETCH } from '#contracts/values/deadlines.ts';
import { connect, messagesOf, withDeadline } from './connect.ts';
import type { Admin, Consumer, KafkaOptions, Message } from './connect.ts';
import { findBounds, findUnread } from './topics.ts';
import type { PartitionBounds, Unread } from './topics.ts';

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
  return withOwnReader(options, async (admin, read) => {
    const bounds = await findBounds(admin, options.topic);
    const parts = bounds.map(({ partition, low, high }) => ({ partition, from: low, to: high }));
    await read(parts, async (messages) => options.onMessages(messages));
    return bounds;
  });
}

/**
 * Reads of what a group has not handled that which lies behind `after`, by partition, so many messages at most, without
 * moving anybody's offsets.
 * @returns what the group has not handled, whether it was read or not
 */
export async function readUnhandled(
  options: ReadOn & { after: ReadonlyMap<number, bigint> },
): Promise<Unread[]> {
  const { after, limit, onMessages } = options;
  return withOwnReader(options, async (admin, read) => {
    const unhandled = await findUnread(admin, options);
    const parts = unhandled.map(({ partition, from, to }) => {
      const next = (after.get(partition) ?? -1n) + 1n;
      // A topic that was made anew begins again at 0.
      return { partition, from: next > from && next <= to ? next : from, to };
    });
    let left = limit;
    await read(parts, async (all) => {
      const messages = all.slice(0, left);
      await onMessages(messages);
      left -= messages.length;
      return left > 0;
    });
    return unhandled;
  });
}

type Read = (
  parts: readonly Unread[],
  onBatch: (messages: Message[]) => Promise<boolean | void>,
) => Promise<void>;

/** kafkajs reads in groups only: this one is ours alone, and is deleted again. */
async function withOwnReader<Result>(
  options: Reading,
  use: (admin: Admin, read: Read) => Promise<Result>,
): Promise<Result> {
  const groupId = `${options.clientId}.read.${randomUUID()}`;
  return withReader(options, groupId, async (admin, consumer) =>
    use(admin, async (parts, onBatch) => {
      const filled = parts.filter(({ from, to }) => from < to);
      if (filled.length === 0) return;
      try {
        await withDeadline(readUpTo(filled, consumer, options.topic, onBatch), options.deadline);
      } finally {
        await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
        await withDeadline(admin.deleteGroups([groupId]), 3_000).catch(() => {});
      }
    }),
  );
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
    const parts = unread.map(({ partition, to }) => ({ partition, to }));
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
      await withDeadline(readUpTo(parts, consumer, topic, onBatch), deadline);
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
    requestTimeout: KAFKA_FETCH.request,
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
 * @param parts up to, but not including, which offset each partition is read, and from which one if not the group's; others
 *   are not read
 * @param onBatch given messages below the end, and the offset after all of the batch; false says that it is enough
 */
async function readUpTo(
  parts: readonly { partition: number; from?: bigint; to: bigint }[],
  consumer: Consumer,
  topic: string,
  onBatch: (messages: Message[], partition: number, next: bigint) => Promise<boolean | void>,
): Promise<void> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const open = new Map(parts.map(({ partition, to }) => [partition, to]));
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
  for (const { partition, from } of parts) {
    if (from !== undefined) consumer.seek({ topic, partition, offset: String(from) });
  }
  await done;
}

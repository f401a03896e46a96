import { FETCH_TIMEOUT, connect, messagesOf, withDeadline } from './connect.ts';
import type { Admin, Consumer, KafkaOptions, Message } from './connect.ts';
import { findBounds } from './topics.ts';

export interface ReadOn extends KafkaOptions {
  readonly topic: string;
  /** Remembers how far the topic was read. Several that read on at once share the partitions. */
  readonly groupId: string;
  /** Messages at most. */
  readonly limit: number;
  /** For the whole, in ms. What was handled until then stays handled. */
  readonly deadline: number;
  readonly onMessages: (messages: Message[]) => Promise<void>;
}

/**
 * Reads a topic on from where the group left off, up to what lies there at this moment: once, where a consumer would wait
 * for more. Each batch is committed after it was handled, so a message is handled at least once.
 * @returns how many messages were handled, and how many are left
 * @throws when the broker is away, or nothing could be read within the deadline
 */
export async function readOn(options: ReadOn): Promise<{ handled: number; left: number }> {
  const kafka = connect(options, {
    retry: { retries: 2, initialRetryTime: 100 },
    requestTimeout: FETCH_TIMEOUT,
  });
  const admin = kafka.admin();
  const consumer = kafka.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    sessionTimeout: 6_000,
  });
  let handled = 0;
  await admin.connect();
  try {
    const ends = await findUnread(admin, options);
    const unread = [...ends.values()].reduce((sum, { from, to }) => sum + Number(to - from), 0);
    if (unread === 0) return { handled: 0, left: 0 };
    const onHandled = (count: number) => {
      handled += count;
    };
    try {
      await withDeadline(readUpTo(ends, consumer, options, onHandled), options.deadline);
    } catch (error) {
      if (handled === 0) throw error;
    }
    return { handled, left: Math.max(0, unread - handled) };
  } finally {
    await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
    await withDeadline(admin.disconnect(), 1_000).catch(() => {});
  }
}

type Unread = ReadonlyMap<number, { readonly from: bigint; readonly to: bigint }>;

async function findUnread(admin: Admin, { topic, groupId }: ReadOn): Promise<Unread> {
  const [bounds, groups] = await Promise.all([
    findBounds(admin, topic),
    admin.fetchOffsets({ groupId, topics: [topic] }),
  ]);
  const committed = new Map(
    groups.flatMap(({ partitions }) =>
      partitions.map((part) => [part.partition, BigInt(part.offset)] as const),
    ),
  );
  return new Map(
    bounds.flatMap(({ partition, low, high }) => {
      const at = committed.get(partition) ?? -1n;
      const from = at < low ? low : at;
      return from < high ? [[partition, { from, to: high }] as const] : [];
    }),
  );
}

async function readUpTo(
  ends: Unread,
  consumer: Consumer,
  { topic, limit, onMessages }: ReadOn,
  onHandled: (count: number) => void,
): Promise<void> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const open = new Map(ends);
  let room = limit;
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async (payload) => {
      const { batch } = payload;
      const { partition } = batch;
      const end = open.get(partition)?.to;
      if (end === undefined || room === 0 || payload.isStale() || !payload.isRunning()) return;
      const unread = messagesOf(batch).filter(({ offset }) => BigInt(offset) < end);
      const messages = unread.slice(0, room);
      room -= messages.length;
      await onMessages(messages);
      const beyond = unread[messages.length]?.offset ?? String(BigInt(batch.lastOffset()) + 1n);
      const next = BigInt(beyond) < end ? BigInt(beyond) : end;
      await consumer.commitOffsets([{ topic, partition, offset: next.toString() }]);
      onHandled(messages.length);
      if (next >= end) open.delete(partition);
      if (open.size === 0 || room === 0) resolve();
    },
  });
  await done;
}

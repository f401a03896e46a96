import { randomUUID } from 'node:crypto';
import { KAFKA_FETCH } from '#contracts/values/deadlines.ts';
import { connect, messagesOf, stopAfter } from './connect.ts';
import type { KafkaOptions, Message } from './connect.ts';
import { explainRefusal } from './explain-refusal.ts';
import { deleteGroup } from './topics.ts';
import type { OffsetRange } from './topics.ts';
import { withDeadline } from './with-deadline.ts';

export interface ReadOptions extends KafkaOptions {
  readonly topic: string;
  /** What is read of each partition: see topics.ts. Others are not read. */
  readonly ranges: readonly OffsetRange[];
  /**
   * Remembers how far the topic was read, and begins there instead of at `from`. Readers of one group that read at the
   * same time share the partitions. Without it nobody's offsets move.
   */
  readonly groupId?: string;
  /** Messages at most. */
  readonly limit?: number;
  /** How long all waiting for Kafka may take together, in ms. */
  readonly deadline: number;
}

/** Messages of one partition, and the offset after all that was fetched with them. */
interface Fetched {
  readonly partition: number;
  readonly messages: Message[];
  readonly next: bigint;
}

/**
 * Reads ranges of a topic once, each partition oldest first, where a consumer would wait for more. With a `groupId` the
 * messages that it yields are committed when the loop asks for the next ones. So they are handled at least once, and
 * those of a loop that throws or breaks are read again.
 * @throws when the broker is away or the deadline ends
 */
export async function* readUpTo(options: ReadOptions): AsyncGenerator<Message[]> {
  const { topic, groupId, deadline } = options;
  const ranges = options.ranges.filter(({ from, to }) => from < to);
  if (ranges.length === 0) return;
  // kafkajs reads in groups only: without one of the caller's this one is made, and deleted again.
  const ownGroup = `${options.clientId}.read.${randomUUID()}`;
  const kafka = connect(options, {
    retry: { retries: 2, initialRetryTime: 100 },
    requestTimeout: KAFKA_FETCH.request,
  });
  const consumer = kafka.consumer({
    groupId: groupId ?? ownGroup,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    sessionTimeout: 6_000,
  });
  const ends = new Map(ranges.map(({ partition, to }) => [partition, to]));
  let fetched = Promise.withResolvers<Fetched>();
  let release = () => {};
  const fail = (reason: Error) => {
    fetched.promise.catch(() => {});
    fetched.reject(reason);
  };
  const timer = setTimeout(() => fail(new Error(`Kafka did not answer within ${deadline} ms`)), deadline);
  consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error));

  async function start(): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        const { batch } = payload;
        const end = ends.get(batch.partition);
        if (end === undefined || payload.isStale() || !payload.isRunning()) return;
        const after = BigInt(batch.lastOffset()) + 1n;
        const released = Promise.withResolvers<void>();
        release = released.resolve;
        fetched.resolve({
          partition: batch.partition,
          messages: messagesOf(batch).filter(({ offset }) => BigInt(offset) < end),
          next: after < end ? after : end,
        });
        // kafkajs fetches on only when the loop has handled these.
        await released.promise;
      },
    });
    if (groupId !== undefined) return;
    for (const { partition, from } of ranges) consumer.seek({ topic, partition, offset: String(from) });
  }

  const starting = start();
  try {
    await Promise.race([starting, fetched.promise]);
    for (let left = options.limit ?? Infinity; left > 0 && ends.size > 0;) {
      const { partition, messages, next } = await fetched.promise;
      fetched = Promise.withResolvers();
      const taken = messages.slice(0, left);
      if (taken.length > 0) yield taken;
      left -= taken.length;
      if (groupId !== undefined) {
        const offset = messages[taken.length]?.offset ?? String(next);
        await consumer.commitOffsets([{ topic, partition, offset }]);
      }
      if (next >= (ends.get(partition) ?? next)) ends.delete(partition);
      release();
    }
  } catch (error) {
    throw explainRefusal(error, { right: 'Read', topic, groupId: groupId ?? ownGroup });
  } finally {
    clearTimeout(timer);
    ends.clear();
    release();
    await withDeadline(stopAfter(starting, consumer), 3_000).catch(() => {});
    if (groupId === undefined) await deleteGroup(options, ownGroup).catch(() => {});
  }
}

import { KAFKA_FETCH, KAFKA_SEND } from '#contracts/values/deadlines.ts';
import { connect, withDeadline } from './connect.ts';
import type { Admin, KafkaOptions, Topic } from './connect.ts';

/**
 * What whoever writes compresses is unpacked by the broker: kafkajs reads gzip only, and what it unpacks may be larger than
 * the broker takes.
 */
const UNCOMPRESSED = { name: 'compression.type', value: 'uncompressed' };

/**
 * Creates the topics that do not exist yet. Auto-creation would give them the broker's default of partitions. One that
 * exists is left as it is: its settings are its owner's, who may know better.
 */
export async function ensureTopics(options: KafkaOptions, topics: readonly Topic[]): Promise<void> {
  const admin = connect(options, { retry: { retries: 1 }, requestTimeout: KAFKA_FETCH.request }).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ name, partitions, retention }) => ({
        topic: name,
        numPartitions: partitions,
        configEntries: [
          UNCOMPRESSED,
          ...(retention === undefined ? [] : [{ name: 'retention.ms', value: String(retention) }]),
        ],
      })),
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
 * How far a group is behind on a topic, and how many messages another topic holds.
 * @throws when the broker does not answer within 3 s
 */
export async function readBacklogOf(
  options: KafkaOptions,
  { groupId, topic, countOf }: { groupId: string; topic: string; countOf: string },
): Promise<{ lag: number; count: number }> {
  const admin = connect(options, {
    retry: { retries: 2, initialRetryTime: 100 },
    requestTimeout: KAFKA_SEND.request,
  }).admin();
  const read = async () => {
    await admin.connect();
    const [unread, counted] = await Promise.all([
      findUnread(admin, { topic, groupId }),
      findBounds(admin, countOf),
    ]);
    const sum = (numbers: readonly bigint[]) => Number(numbers.reduce((total, number) => total + number, 0n));
    return {
      lag: sum(unread.map(({ from, to }) => to - from)),
      count: sum(counted.map(({ low, high }) => high - low)),
    };
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

/** What a partition holds that a group has not handled: offsets from `from` up to, but not including, `to`. */
export interface Unread {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Of each partition that has something. What is purged before it was handled is gone, and not waited for. */
export async function findUnread(
  admin: Admin,
  { topic, groupId }: { topic: string; groupId: string },
): Promise<Unread[]> {
  const [bounds, groups] = await Promise.all([
    findBounds(admin, topic),
    admin.fetchOffsets({ groupId, topics: [topic] }),
  ]);
  const committed = new Map(
    groups.flatMap(({ partitions }) =>
      partitions.map((part) => [part.partition, BigInt(part.offset)] as const),
    ),
  );
  return bounds.flatMap(({ partition, low, high }) => {
    const at = committed.get(partition) ?? -1n;
    const from = at < low ? low : at;
    // Asked for at once, the group may have come further than the topic's end was.
    return from < high ? [{ partition, from, to: high }] : [];
  });
}

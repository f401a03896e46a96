import { KAFKA_FETCH, KAFKA_SEND } from '#contracts/values/deadlines.ts';
import { connect } from './connect.ts';
import type { Admin, KafkaOptions, Topic } from './connect.ts';
import { explainRefusal } from './explain-refusal.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * Topics are stored uncompressed: kafkajs can read only gzip, and a decompressed batch may exceed the broker's size
 * limit.
 */
const UNCOMPRESSED = { name: 'compression.type', value: 'uncompressed' };

/** How long all requests of one use may take together, with every retry of kafkajs, in ms. */
const ADMIN_DEADLINE = 15_000;

/** How long the broker may take to say how far a group is behind, in ms. */
const BACKLOG_DEADLINE = 3_000;

/**
 * Creates the topics that do not exist yet. Auto-creation would give them the broker's default of partitions. A topic
 * that exists is left as it is: its owner may have changed its settings for a reason.
 */
export async function ensureTopics(options: KafkaOptions, topics: readonly Topic[]): Promise<void> {
  await withAdmin(options, { retries: 1, requestTimeout: KAFKA_FETCH.request }, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return;
    const creating = admin.createTopics({
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
    const names = missing.map(({ name }) => name).join(', ');
    await creating.catch((error: unknown) => {
      throw explainRefusal(error, { right: 'Create', topic: names });
    });
  });
}

/** @throws Error that says why nobody can write to a topic, as far as Kafka's knowledge of the topic tells it */
export async function probeTopic(options: KafkaOptions, topic: string): Promise<void> {
  await withAdmin(options, { retries: 0, requestTimeout: KAFKA_SEND.request }, async (admin) => {
    await admin.fetchTopicMetadata({ topics: [topic] });
  }).catch((error: unknown) => {
    throw explainRefusal(error, { right: 'Write', topic });
  });
}

/** Offsets of one partition, from `from` up to, but not including, `to`. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** What each partition of a topic holds at this moment; nothing when there is no such topic. */
export async function readBounds(options: KafkaOptions, topic: string): Promise<OffsetRange[]> {
  return withAdmin(options, { retries: 2, requestTimeout: KAFKA_FETCH.request }, async (admin) =>
    findBounds(admin, topic),
  );
}

/** What a group has not handled yet of a topic, of each partition that has something. */
export async function readUnhandled(options: KafkaOptions, of: GroupOnTopic): Promise<OffsetRange[]> {
  const { unhandled } = await withAdmin(
    options,
    { retries: 2, requestTimeout: KAFKA_FETCH.request },
    async (admin) => findBacklog(admin, of),
  );
  return unhandled;
}

/** A group, and the topic that it reads. */
export interface GroupOnTopic {
  readonly topic: string;
  readonly groupId: string;
}

/** How much a topic holds, and how much of that a group has not handled yet, in messages. */
export interface Backlog {
  readonly lag: number;
  readonly count: number;
}

/**
 * The backlog of each of these groups, over one connection.
 * @throws when the broker does not answer within 3 s
 */
export async function readBacklogs<const Groups extends readonly GroupOnTopic[]>(
  options: KafkaOptions,
  groups: Groups,
): Promise<{ [Index in keyof Groups]: Backlog }> {
  const reading = withAdmin(options, { retries: 2, requestTimeout: KAFKA_SEND.request }, async (admin) =>
    Promise.all(
      groups.map(async (of) => {
        const { unhandled, bounds } = await findBacklog(admin, of);
        return { lag: countMessages(unhandled), count: countMessages(bounds) };
      }),
    ),
  );
  return withDeadline(reading, BACKLOG_DEADLINE) as Promise<{ [Index in keyof Groups]: Backlog }>;
}

/** How many messages ranges hold; fewer when some were purged or are no messages. */
export function countMessages(ranges: readonly OffsetRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);
}

/** Deletes a group that has no members. */
export async function deleteGroup(options: KafkaOptions, groupId: string): Promise<void> {
  await withAdmin(options, { retries: 2, requestTimeout: KAFKA_SEND.request }, async (admin) =>
    admin.deleteGroups([groupId]),
  );
}

async function withAdmin<Result>(
  options: KafkaOptions,
  { retries, requestTimeout }: { retries: number; requestTimeout: number },
  use: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = connect(options, { retry: { retries, initialRetryTime: 100 }, requestTimeout }).admin();
  const work = async () => {
    await admin.connect();
    return use(admin);
  };
  try {
    return await withDeadline(work(), ADMIN_DEADLINE);
  } finally {
    await withDeadline(admin.disconnect(), 1_000).catch(() => {});
  }
}

async function findBounds(admin: Admin, topic: string): Promise<OffsetRange[]> {
  try {
    const parts = await admin.fetchTopicOffsets(topic);
    return parts.map(({ partition, low, high }) => ({ partition, from: BigInt(low), to: BigInt(high) }));
  } catch (error) {
    if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return [];
    throw error;
  }
}

/** Messages that were purged before they were handled are gone, and do not count. */
async function findBacklog(
  admin: Admin,
  { topic, groupId }: GroupOnTopic,
): Promise<{ bounds: OffsetRange[]; unhandled: OffsetRange[] }> {
  const [bounds, groups] = await Promise.all([
    findBounds(admin, topic),
    admin.fetchOffsets({ groupId, topics: [topic] }),
  ]);
  const committed = new Map(
    groups.flatMap(({ partitions }) =>
      partitions.map((part) => [part.partition, BigInt(part.offset)] as const),
    ),
  );
  const unhandled = bounds.flatMap(({ partition, from: low, to }) => {
    const at = committed.get(partition) ?? -1n;
    const from = at < low ? low : at;
    // Both were asked at the same time, so the group may have come further than the end was.
    return from < to ? [{ partition, from, to }] : [];
  });
  return { bounds, unhandled };
}

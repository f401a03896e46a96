import { zstdCompressSync } from 'node:zlib';
// oxlint-disable-next-line no-restricted-imports -- the product never rewinds a group; tests do
import kafkajs from 'kafkajs';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { readUpTo } from '#platform/kafka/read-topic.ts';
import { readBounds, readUnhandled } from '#platform/kafka/topics.ts';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
type Client = InstanceType<typeof Kafka>;

/** ConfigResourceTypes.TOPIC, which kafkajs does not export to modules. */
const TOPIC = 2;

/** Where Kafka keeps what groups have read. */
const OFFSETS = '__consumer_offsets';

/** The topics of a system, as seen with Kafka's own tools. */
export interface Topics {
  produce(topic: string, messages: readonly { key: string; value: string | Buffer }[]): Promise<void>;
  /** As a client with another library does, which compresses with what kafkajs does not know. */
  produceZstd(topic: string, messages: readonly { key: string; value: string }[]): Promise<void>;
  /** Everything that lies in a topic now, oldest first within a partition. */
  readAll(topic: string): Promise<ReadMessage[]>;
  /** How many messages a topic has received in all. */
  count(topic: string): Promise<number>;
  /** A topic's own setting, such as `retention.ms`, or the broker's default. */
  setting(topic: string, name: string): Promise<string | undefined>;
  set(topic: string, name: string, value: string): Promise<void>;
  /** Gives a topic more partitions. */
  grow(topic: string, partitions: number): Promise<void>;
  /** Handles, as a member of a group, all that it has not handled yet. */
  handleAll(groupId: string, topic: string): Promise<void>;
  /** How many messages a group has not handled yet. */
  lag(groupId: string, topic: string): Promise<number>;
  /** How many members a group has. */
  members(groupId: string): Promise<number>;
  /** The node id of a partition's leader. */
  leader(topic: string, partition: number): Promise<number | undefined>;
  /** The node id of a group's coordinator: it leads the partition where the group's offsets are. */
  coordinator(groupId: string): Promise<number | undefined>;
  /** Back to the beginning; the group must have no members. */
  rewind(groupId: string, topic: string): Promise<void>;
  /** Deletes topics, and with them what groups have read of them. */
  remove(topics: readonly string[]): Promise<void>;
}

export interface ReadMessage {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function openTopics(options: KafkaOptions): Topics {
  const kafka = new Kafka({
    clientId: 'test',
    brokers: options.brokers,
    logLevel: logLevel.NOTHING,
    // A broker that stands still is left for another.
    requestTimeout: 5_000,
    retry: { retries: 8 },
  });

  async function withAdmin<Result>(
    use: (admin: ReturnType<Client['admin']>) => Promise<Result>,
  ): Promise<Result> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  const count = async (topic: string) =>
    withAdmin(async (admin) => sum((await admin.fetchTopicOffsets(topic)).map(({ high }) => Number(high))));

  const leaders = async (topic: string) =>
    withAdmin(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      return new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader]));
    });

  async function produce(batch: Parameters<ReturnType<Client['producer']>['send']>[0]): Promise<void> {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      await producer.send({ acks: -1, ...batch });
    } finally {
      await producer.disconnect();
    }
  }

  return {
    produce: async (topic, messages) => produce({ topic, messages: [...messages] }),
    async produceZstd(topic, messages) {
      const { ZSTD } = CompressionTypes;
      const unknown = CompressionCodecs[ZSTD];
      CompressionCodecs[ZSTD] = () => ({
        compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
      });
      try {
        await produce({ topic, messages: [...messages], compression: ZSTD });
      } finally {
        CompressionCodecs[ZSTD] = unknown;
      }
    },
    async readAll(topic) {
      const ranges = await readBounds(options, topic);
      const batches = await Array.fromAsync(readUpTo({ ...options, topic, ranges, deadline: 20_000 }));
      return batches.flat().map(toReadMessage);
    },
    count,
    setting: async (topic, name) =>
      withAdmin(async (admin) => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: TOPIC, name: topic, configNames: [name] }],
        });
        return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
      }),
    set: async (topic, name, value) =>
      withAdmin(async (admin) => {
        const resources = [{ type: TOPIC, name: topic, configEntries: [{ name, value }] }];
        await admin.alterConfigs({ validateOnly: false, resources });
      }),
    grow: async (topic, partitions) =>
      withAdmin(
        async (admin) =>
          void (await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })),
      ),
    async handleAll(groupId, topic) {
      const ranges = await readUnhandled(options, { topic, groupId });
      await Array.fromAsync(readUpTo({ ...options, topic, groupId, ranges, deadline: 30_000 }));
    },
    lag: async (groupId, topic) =>
      withAdmin(async (admin) => {
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const handled = sum((committed?.partitions ?? []).map(({ offset }) => Math.max(0, Number(offset))));
        return (await count(topic)) - handled;
      }),
    members: async (groupId) =>
      withAdmin(async (admin) => {
        const { groups } = await admin.describeGroups([groupId]);
        return sum(groups.map(({ members }) => members.length));
      }),
    leader: async (topic, partition) => (await leaders(topic)).get(partition),
    async coordinator(groupId) {
      const byPartition = await leaders(OFFSETS);
      return byPartition.get(Math.abs(javaHash(groupId)) % byPartition.size);
    },
    rewind: async (groupId, topic) =>
      withAdmin(async (admin) => {
        const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition }) => ({
          partition,
          offset: '0',
        }));
        await admin.setOffsets({ groupId, topic, partitions });
      }),
    remove: async (topics) => withAdmin(async (admin) => admin.deleteTopics({ topics: [...topics] })),
  };
}

function toReadMessage({ key, value, headers }: Message): ReadMessage {
  return {
    key,
    value: value?.toString() ?? '',
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
  };
}

/** Java's `String.hashCode`, by which Kafka finds a group's partition. */
function javaHash(text: string): number {
  return Array.from(text).reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

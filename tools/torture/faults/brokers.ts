import { pause } from '@gozon/timing';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { pauseTree, resumeTree } from '#tools/stack/processes/process-tree.ts';
import type { Component } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Fault, FaultTarget } from './fault.ts';

const { name: topic, partitions } = PAYMENT_STATUS_TOPIC;

/** In ms. */
const AWAY = [0, 4_000] as const;
/** In ms: past the broker's session and the consumer's. */
const STANDS_STILL = [11_000, 13_000] as const;
/** How long another broker may take to get the role of one that is away, in ms. Its session ends after 3 s. */
const MOVED_WITHIN = 30_000;

/** A role of one broker, and who has it: a node id. */
interface Role {
  readonly of: string;
  readonly holder: (target: FaultTarget) => () => Promise<number | undefined>;
}

const roles: readonly Role[] = [
  {
    of: 'the leader of a partition',
    holder({ system, random }) {
      const partition = random.between(0, partitions - 1);
      return async () => system.topics.leader(topic, partition);
    },
  },
  {
    of: 'the coordinator of the group',
    holder:
      ({ system }) =>
      async () =>
        system.topics.coordinator(PAYMENT_CONSUMER_GROUP),
  },
  {
    of: 'the controller',
    holder:
      ({ system }) =>
      async () =>
        clusterOf(system).controller(),
  },
];

/** Each role moves to another broker, and the one that had it comes back. */
export const loseBrokers: readonly Fault[] = roles.flatMap(({ of, holder }) => [
  {
    name: `kill -9 of ${of}`,
    locks: ['kafka'],
    harm: async (target) =>
      whileAway(target, holder(target), async (broker, moves) => {
        await broker.kill();
        const moved = await moves();
        await pause(target.random.between(...AWAY), target.signal);
        await broker.start();
        return moved;
      }),
  },
  {
    name: `SIGSTOP of ${of}`,
    locks: ['kafka'],
    harm: async (target) =>
      whileAway(target, holder(target), async ({ pid }, moves) => {
        try {
          pauseTree(pid);
          const standing = pause(target.random.between(...STANDS_STILL), target.signal);
          const moved = await moves();
          await standing;
          return moved;
        } finally {
          resumeTree(pid);
        }
      }),
  },
]);

async function whileAway(
  { system }: FaultTarget,
  holder: () => Promise<number | undefined>,
  harm: (broker: Component, moves: () => Promise<boolean>) => Promise<boolean>,
): Promise<boolean> {
  const before = await eventually('a broker to have the role', holder, { within: MOVED_WITHIN });
  const broker = clusterOf(system).brokers.get(before);
  if (!broker) throw new Error(`there is no broker ${before}`);
  const another = async () => {
    const now = await holder();
    return now !== undefined && now !== -1 && now !== before;
  };
  return harm(broker, async () =>
    eventually('another broker to have the role', another, { within: MOVED_WITHIN }).then(
      () => true,
      () => false,
    ),
  );
}

function clusterOf({ kafkaCluster }: System) {
  if (!kafkaCluster) throw new Error('the system has one broker');
  return kafkaCluster;
}

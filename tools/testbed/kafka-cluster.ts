import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { newClusterId, startKafka } from '#tools/stack/components/kafka.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { startComponent } from './component.ts';
import type { Component } from './component.ts';

/** Three brokers, each of which is a controller too. Each partition has three replicas, two of which must have a message. */
export interface KafkaCluster {
  /** By node id. */
  readonly brokers: ReadonlyMap<number, Component>;
  /** host:port of each. */
  readonly addresses: string[];
  /** The node id of the active controller. */
  controller(): Promise<number | undefined>;
}

/** As docs/deployment.md asks of a cluster. */
const REPLICATED = {
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'share.coordinator.state.topic.replication.factor': 3,
  'share.coordinator.state.topic.min.isr': 2,
};

/** @param keep is told of each broker that is started */
export async function startKafkaCluster(
  settings: Settings,
  keep: (broker: Component) => Component,
): Promise<KafkaCluster> {
  const { KAFKA_PORT, KAFKA_CONTROLLER_PORT } = settings.ports;
  const [port2 = 0, port3 = 0, controllerPort2 = 0, controllerPort3 = 0] = await findFreePorts(4);
  const places = [
    { id: 1, name: 'kafka', port: KAFKA_PORT, controllerPort: KAFKA_CONTROLLER_PORT },
    { id: 2, name: 'kafka-2', port: port2, controllerPort: controllerPort2 },
    { id: 3, name: 'kafka-3', port: port3, controllerPort: controllerPort3 },
  ];
  const clusterId = newClusterId();
  const voters = places.map(({ id, controllerPort }) => `${id}@${LOOPBACK}:${controllerPort}`).join(',');
  const brokers = await Promise.all(
    places.map(async ({ id, ...place }) => {
      const properties = { ...REPLICATED, 'node.id': id, 'controller.quorum.voters': voters };
      const broker = { ...place, clusterId, properties };
      return [id, keep(await startComponent(async () => startKafka(settings, { broker })))] as const;
    }),
  );
  return {
    brokers: new Map(brokers),
    addresses: places.map(({ port }) => `${LOOPBACK}:${port}`),
    async controller() {
      const states = await Promise.all(
        places.map(async ({ name }) => readQuorumState(path.join(settings.data, name))),
      );
      const [latest] = states.toSorted((a, b) => b.leaderEpoch - a.leaderEpoch);
      return latest && latest.leaderId > 0 ? latest.leaderId : undefined;
    },
  };
}

/** What a controller knows of its quorum. A client can ask for it, but kafkajs cannot. */
interface QuorumState {
  /** -1 while there is none. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

async function readQuorumState(folder: string): Promise<QuorumState> {
  const text = await readFile(path.join(folder, 'log/__cluster_metadata-0/quorum-state'), 'utf8');
  return JSON.parse(text) as QuorumState;
}

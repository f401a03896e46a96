import type { SystemOptions } from '#tools/testbed/system.ts';
import { loseBrokers } from './faults/brokers.ts';
import { crashAtPoints } from './faults/crashes.ts';
import { poisonTopic, repeatEvents, rewindOffsets } from './faults/events.ts';
import type { Fault } from './faults/fault.ts';
import { harmHolds } from './faults/holds.ts';
import { failOver, killKafka, killTemporal, loseTemporal, stopPostgres } from './faults/infrastructure.ts';
import { limitNamespace } from './faults/limits.ts';
import { spoilLinks } from './faults/links.ts';
import { terminateWorkflows, unmarkRows } from './faults/orchestration.ts';
import { killServices, suspendProcesses } from './faults/processes.ts';
import { promoteStandby } from './faults/promotion.ts';

export interface FaultClass {
  readonly description: string;
  readonly faults: readonly Fault[];
  /** What the faults need of the system. */
  readonly system?: Pick<SystemOptions, 'standby' | 'threeBrokers'>;
  /** The least number of orders; more are placed until each of its faults has been injected. */
  readonly orders: number;
  /** Whether a fault waits only for the end of the one before. By default it waits for the recovery, and measures it. */
  readonly hasty?: boolean;
  /** Starts a fault every so many ms instead. Faults that need the same part still never overlap. */
  readonly every?: number;
}

const single = {
  kill: { description: 'kill -9 of each service, at random', faults: killServices, orders: 5_000 },
  points: {
    description: 'death of a service at each named point',
    faults: crashAtPoints,
    orders: 5_000,
    hasty: true,
  },
  suspend: {
    description: 'SIGSTOP of each process, past every timeout',
    faults: suspendProcesses,
    orders: 5_000,
  },
  postgres: {
    description: 'PostgreSQL stopped at once, and its sessions terminated',
    faults: stopPostgres,
    orders: 5_000,
  },
  failover: {
    description: 'PostgreSQL accepts reads only, and old sessions are left there',
    faults: failOver,
    orders: 5_000,
  },
  kafka: { description: 'kill -9 of Kafka', faults: killKafka, orders: 5_000 },
  temporal: { description: 'kill -9 of Temporal', faults: killTemporal, orders: 5_000 },
  'temporal-loss': { description: 'loss of all that Temporal knows', faults: loseTemporal, orders: 5_000 },
  links: { description: 'links slow, cut, reset and half-open', faults: spoilLinks, orders: 5_000 },
  events: { description: 'events repeated and out of order', faults: repeatEvents, orders: 5_000 },
  offsets: { description: 'consumer offsets back to 0', faults: rewindOffsets, orders: 5_000 },
  'temporal-limits': {
    description: "Temporal's namespace limited to a few requests a second, and then no longer",
    faults: limitNamespace,
    orders: 5_000,
  },
  outbox: { description: 'outbox rows un-marked', faults: unmarkRows, orders: 5_000 },
  poison: { description: 'messages that nobody can read', faults: poisonTopic, orders: 5_000 },
  terminate: { description: 'open workflows terminated', faults: terminateWorkflows, orders: 5_000 },
  holds: {
    description:
      'workflows that wait for the end of a hold terminated, Temporal away over it, clocks an hour off',
    faults: harmHolds,
    orders: 5_000,
  },
} as const satisfies Record<string, FaultClass>;

/** Those that need another system. */
const clustered = {
  promotion: {
    description: 'a standby of PostgreSQL is promoted or stands still, and reads only for a minute',
    faults: promoteStandby,
    system: { standby: true },
    orders: 5_000,
  },
  'kafka-cluster': {
    description: 'kill -9 and SIGSTOP of the broker that leads a partition, the group or the cluster',
    faults: loseBrokers,
    system: { threeBrokers: true },
    orders: 5_000,
  },
} as const satisfies Record<string, FaultClass>;

export const FAULT_CLASSES: Readonly<Record<string, FaultClass>> = {
  ...single,
  ...clustered,
  mixed: {
    description: 'all that need one server of each kind, one every 6 s, several at a time',
    faults: Object.values(single).flatMap(({ faults }): readonly Fault[] => faults),
    orders: 15_000,
    every: 6_000,
  },
};

import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityNotFoundError, Client, Connection } from '@temporalio/client';
import pMap from 'p-map';
import { namespace } from '#temporal-config/namespace.ts';
import { serviceEnvironments } from '#tools/stack/components/service-environments.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Rig } from '../open-rig.ts';
import type { Peer } from '../peers/peer.ts';
import { billableActions } from './billable-actions.ts';
import { countKafkaRequests } from './kafka-requests.ts';
import { openGenerator, placeOrders } from './send-orders.ts';
import { countStatements, readStatements } from './statements.ts';

/** What an order takes, by what is counted. */
export type Counts = Readonly<Record<string, number>>;

const WARM_UP = 50;
const ORDERS = 100;
/** Orders a second: so few that none shares a batch with another, as it may under load. */
const RATE = 10;
/** How long is counted what happens without orders, in ms. It is taken off. */
const IDLE = 10_000;
/** What the last order leaves to be done, such as marks and offsets. */
const SETTLE = 2_000;

/** Counts what an order takes. Here nothing is timed, since the counting itself takes time. */
export async function countOrder(rig: Rig, peer: Peer): Promise<Counts> {
  await using stack = new AsyncDisposableStack();
  const kafkaRequests = await countKafkaRequests(rig.counted.to, rig.counted.from, stack);
  await countStatements(rig.superuser, true);
  stack.defer(async () => countStatements(rig.superuser, false));
  const running = await peer.start(withCountedKafka(rig), stack);
  const customers = {
    peer: running,
    send: openGenerator(stack),
    userIds: await running.openCustomers(20),
  };
  await placeOrders(customers, WARM_UP, { rate: RATE });
  const read = async () => {
    const kafka = Object.entries(kafkaRequests()).map(([name, count]) => [`Kafka: ${name}`, count] as const);
    return { ...(await readStatements(rig.superuser)), ...Object.fromEntries(kafka) };
  };
  const during = async (work: () => Promise<unknown>) => {
    const [began, before] = [performance.now(), await read()];
    await work();
    const after = await read();
    const counts = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
    return { ms: performance.now() - began, counts: Object.fromEntries(counts) };
  };
  await sleep(SETTLE);
  const idle = await during(async () => sleep(IDLE));
  let orderIds: readonly string[] = [];
  const busy = await during(async () => {
    ({ orderIds } = await placeOrders(customers, ORDERS, { rate: RATE }));
    await sleep(SETTLE);
  });
  const { workflowId } = running;
  return {
    ...perOrder(busy, idle, orderIds.length),
    ...(workflowId && (await countInTemporal(rig, orderIds.map(workflowId)))),
  };
}

interface Counted {
  readonly ms: number;
  readonly counts: Counts;
}

/** What happens without orders is taken off; what is left of it by chance may be less than nothing. */
export function perOrder(busy: Counted, idle: Counted, orders: number): Counts {
  return Object.fromEntries(
    Object.entries(busy.counts).map(([name, count]) => [
      name,
      Math.max(0, count - ((idle.counts[name] ?? 0) / idle.ms) * busy.ms) / orders,
    ]),
  );
}

/** The rig, but clients reach its Kafka past the counter. */
function withCountedKafka(rig: Rig): Rig {
  const ports = { ...rig.settings.ports, KAFKA_PORT: rig.counted.to };
  const settings = { ...rig.settings, ports };
  return {
    ...rig,
    settings,
    environments: serviceEnvironments(settings, readSecrets(settings)),
    kafka: { ...rig.kafka, brokers: [`${LOOPBACK}:${rig.counted.to}`] },
  };
}

/** Of runs of workflows, or of activities that run alone. */
async function countInTemporal({ temporal }: Rig, ids: readonly string[]): Promise<Counts> {
  const connection = await Connection.connect({ address: temporal });
  try {
    const client = new Client({ connection, namespace: namespace.name });
    const runs = await pMap(ids, async (id) => countRun(client, id), { concurrency: 8 });
    const sum = (name: keyof (typeof runs)[number]) => runs.reduce((total, run) => total + run[name], 0);
    return {
      'Temporal: state transitions': sum('transitions') / runs.length,
      'Temporal: events in the history': sum('events') / runs.length,
      'Temporal Cloud: billable actions': sum('actions') / runs.length,
    };
  } finally {
    await connection.close();
  }
}

async function countRun({ workflow, activity }: Client, id: string) {
  try {
    const { attempt, rawInfo } = await activity.getHandle(id).describe();
    // "Activity started or retried" is the action.
    return { transitions: Number(rawInfo.stateTransitionCount), events: 0, actions: attempt };
  } catch (error) {
    if (!(error instanceof ActivityNotFoundError)) throw error;
  }
  const handle = workflow.getHandle(id);
  const [{ raw, historyLength }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  return {
    transitions: Number(raw.workflowExecutionInfo?.stateTransitionCount),
    events: historyLength,
    actions: billableActions(events ?? []),
  };
}

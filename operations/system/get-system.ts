import type { Invariant, ProcessState, SystemReply } from '#contracts/http/system-api.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { Health } from '#platform/process/health.ts';
import type { OperatorOutbox } from '../operator-outbox.ts';
import type { OrdersViews } from '../schema.ts';
import { findFlow } from './flow.queries.ts';
import { readKafkaBacklog } from './kafka-backlog.ts';

export interface SystemOptions {
  readonly ordersDb: Kysely<OrdersViews>;
  readonly outbox: OperatorOutbox;
  readonly kafka: KafkaOptions;
  readonly health: Health;
  /** The other processes by name, each with its URL. */
  readonly processes: Readonly<Record<string, string>>;
  /** The audit's latest report. */
  readonly invariants: () => Invariant[];
}

/** In ms. An operator who looks because something is slow must still get an answer. */
const PROBE_DEADLINE = 2_000;

/** How many failing rows are shown. */
const FAILING = 20;

/**
 * The system's current state. A part that does not answer is null, or a process that is not ready.
 * @param window over how many seconds the flow of orders is counted
 */
export async function getSystem(options: SystemOptions, window: number): Promise<SystemReply> {
  const [{ ready, roles }, others, flow, outbox, kafka] = await Promise.all([
    options.health.report(),
    Promise.all(
      Object.entries(options.processes).map(async ([name, url]) => [name, await probe(url)] as const),
    ),
    findFlow(options.ordersDb, window).catch(() => null),
    readOutbox(options.outbox).catch(() => null),
    readKafkaBacklog(options.kafka).catch(() => undefined),
  ]);
  return {
    processes: { ...Object.fromEntries(others), workflows: { ready, roles } },
    flow,
    outbox,
    consumerLag: kafka?.consumerLag ?? null,
    deadLetters: kafka?.deadLetters ?? null,
    invariants: options.invariants(),
  };
}

async function readOutbox(outbox: OperatorOutbox): Promise<NonNullable<SystemReply['outbox']>> {
  const { pending, stuck, oldestAge } = await outbox.backlog();
  const failing = await outbox.failing(FAILING);
  return {
    pending,
    stuck,
    oldestAgeSeconds: oldestAge,
    failing: failing.map((row) => ({
      ...row,
      createdAt: row.createdAt.toISOString(),
      dueAt: row.dueAt.toISOString(),
    })),
  };
}

async function probe(url: string): Promise<ProcessState> {
  try {
    const reply = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(PROBE_DEADLINE) });
    const { roles } = (await reply.json()) as ProcessState;
    return { ready: reply.ok, roles };
  } catch (error) {
    return { ready: false, roles: { [HEALTH_ROLES.http]: { ready: false, reason: describeError(error) } } };
  }
}

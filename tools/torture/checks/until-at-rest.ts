import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { countPending } from '#tools/load/generate/decisions.queries.ts';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { System } from '#tools/testbed/system.ts';

/** In ms. */
const REST_WITHIN = 300_000;
const LOOK_EVERY = 500;

/**
 * How much more of each than at the start is not counted as a leak: connections that a pool has not closed yet, a file or
 * two.
 */
const SLACK = { sessions: 6, descriptors: 12 };

/** The resources that the services hold when they are idle. */
export interface Footprint {
  readonly sessions: number;
  readonly descriptors: number;
}

export async function footprintOf(system: System): Promise<Footprint> {
  const { rows } = await system.ordersDb.query<{ sessions: number }>(
    `select count(*)::int as sessions from pg_stat_activity where usename in ('orders', 'payments', 'workflows')`,
  );
  const pids = SERVICE_NAMES.flatMap((name) => system.copiesOf(name).map(({ pid }) => pid));
  const descriptors = pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
  return { sessions: rows[0]?.sessions ?? 0, descriptors };
}

/**
 * Waits until nothing is pending, unread, open or held.
 * @returns how many ms that took, and what was left at the timeout
 */
export async function untilAtRest(system: System, before: Footprint): Promise<Rest> {
  return untilNothing(async () => describeUnrest(await look(system), before), REST_WITHIN);
}

export interface Rest {
  readonly ms: number;
  /** Each in a sentence. */
  readonly unrest: readonly string[];
}

/** Looks until nothing is left, or until `within` ms are over. A look that fails counts as something left. */
export async function untilNothing(find: () => Promise<readonly string[]>, within: number): Promise<Rest> {
  const began = performance.now();
  for (;;) {
    const unrest = await find().catch((error: unknown) => [describeError(error)]);
    const ms = performance.now() - began;
    if (unrest.length === 0 || ms > within) return { ms, unrest };
    await sleep(LOOK_EVERY);
  }
}

export async function countOpenWorkflows({ temporalAddress }: System): Promise<number> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    return (await workflow.count("ExecutionStatus = 'Running'")).count;
  } finally {
    await connection.close();
  }
}

/** The work that a system still has. */
export interface Doings extends Footprint {
  /** Orders, captures, cancels, refunds and outbox rows. */
  readonly pending: number;
  /** Holds, by orders or by payments: each has an end, also when its workflow was lost. */
  readonly held: number;
  /** Workflows. */
  readonly open: number;
  /** Events. */
  readonly unread: number;
  /** Sessions in a transaction. */
  readonly idle: number;
}

async function look(system: System): Promise<Doings> {
  const { rows } = await system.ordersDb.query<{ idle: number }>(
    `select count(*)::int as idle from pg_stat_activity
     where state like 'idle in transaction%' and usename in ('orders', 'payments', 'workflows')`,
  );
  return {
    pending: await countPending(system.databases.orders),
    held: await countHeld(system),
    open: await countOpenWorkflows(system),
    unread: await system.topics.lag(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name),
    idle: rows[0]?.idle ?? 0,
    ...(await footprintOf(system)),
  };
}

async function countHeld({ ordersDb, paymentsDb }: System): Promise<number> {
  const { rows: orders } = await ordersDb.query<{ held: number }>(
    `select count(*)::int as held from orders where status = 'authorized'`,
  );
  const { rows: payments } = await paymentsDb.query<{ held: number }>(
    'select count(*)::int as held from holds where closed_at is null',
  );
  return Math.max(orders[0]?.held ?? 0, payments[0]?.held ?? 0);
}

export function describeUnrest(now: Doings, before: Footprint): string[] {
  const { pending, held, open, unread, idle, sessions, descriptors } = now;
  return [
    ...(pending > 0 ? [`${pending} orders, captures, cancels, refunds or outbox rows are pending`] : []),
    ...(held > 0 ? [`the money of ${held} orders is held`] : []),
    ...(open > 0 ? [`${open} workflows are open`] : []),
    ...(unread > 0 ? [`${unread} events are unread`] : []),
    ...(idle > 0 ? [`${idle} sessions are idle in a transaction`] : []),
    ...(sessions > before.sessions + SLACK.sessions
      ? [`${sessions} database sessions are held, ${before.sessions} in the beginning`]
      : []),
    ...(descriptors > before.descriptors + SLACK.descriptors
      ? [`${descriptors} files and sockets are open, ${before.descriptors} in the beginning`]
      : []),
  ];
}

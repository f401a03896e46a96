import { readdirSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/payment-events.ts';
import { describe } from '#platform/health.ts';
import { pause } from '#platform/lifecycle.ts';
import { countPending } from '../../load/decisions.queries.ts';
import { serviceNames } from '../../stack/service-environments.ts';
import { namespace } from '../../temporal-config/namespace.ts';
import type { System } from '../kit/system.ts';

/** In ms. */
const REST_WITHIN = 300_000;
const LOOK_EVERY = 500;

/** How much more of each than in the beginning is no leak: connections that a pool has not given up yet, a file or two. */
const SLACK = { sessions: 6, descriptors: 12 };

/** What the services hold when they have nothing to do. */
export interface Footprint {
  readonly sessions: number;
  readonly descriptors: number;
}

export async function footprintOf(system: System): Promise<Footprint> {
  const { rows } = await system.ordersDb.query<{ sessions: number }>(
    `select count(*)::int as sessions from pg_stat_activity where usename in ('orders', 'payments', 'workflows')`,
  );
  const pids = serviceNames.flatMap((name) => system.copiesOf(name).map(({ pid }) => pid));
  const descriptors = pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
  return { sessions: rows[0]?.sessions ?? 0, descriptors };
}

/**
 * Waits until nothing is pending, unread, open or held any more.
 * @returns ms that it took, and what was still going on when time was over
 */
export async function untilAtRest(
  system: System,
  before: Footprint,
): Promise<{ ms: number; unrest: string[] }> {
  const began = performance.now();
  for (;;) {
    const unrest = await findUnrest(system, before).catch((error: unknown) => [describe(error)]);
    const ms = performance.now() - began;
    if (unrest.length === 0 || ms > REST_WITHIN) return { ms, unrest };
    await pause(LOOK_EVERY, new AbortController().signal);
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

async function findUnrest(system: System, before: Footprint): Promise<string[]> {
  const pending = await countPending(system.databases.orders);
  // All else follows from it.
  if (pending > 0) return [`${pending} orders, cancels or outbox rows are pending`];
  const open = await countOpenWorkflows(system);
  const lag = await system.topics.lag(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name);
  const { rows } = await system.ordersDb.query<{ idle: number }>(
    `select count(*)::int as idle from pg_stat_activity
     where state like 'idle in transaction%' and usename in ('orders', 'payments', 'workflows')`,
  );
  const idle = rows[0]?.idle ?? 0;
  const { sessions, descriptors } = await footprintOf(system);
  return [
    ...(open > 0 ? [`${open} workflows are open`] : []),
    ...(lag > 0 ? [`${lag} events are unread`] : []),
    ...(idle > 0 ? [`${idle} sessions are idle in a transaction`] : []),
    ...(sessions > before.sessions + SLACK.sessions
      ? [`${sessions} database sessions are held, ${before.sessions} in the beginning`]
      : []),
    ...(descriptors > before.descriptors + SLACK.descriptors
      ? [`${descriptors} files and sockets are open, ${before.descriptors} in the beginning`]
      : []),
  ];
}

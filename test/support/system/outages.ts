import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import { namespace } from '#temporal-config/namespace.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import type { Component } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import { untilRightlyDecided } from './decided.ts';
import { startPosting } from './posting.ts';

/**
 * How soon a role must notice that what it depends on is away, in ms: the consumer calls 8 s without an answer silence.
 */
export const NOTICED_WITHIN = 40_000;

/** What goes wrong, and how it is put right. */
export interface Outage {
  readonly strike: () => Promise<void> | void;
  /** Awaited while it lasts, with orders still coming: that the system has noticed, for instance. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly heal: () => Promise<void>;
  /** See {@link startPosting}. */
  readonly refusals?: 'never' | 'unavailable' | 'lost';
}

/**
 * Places orders before, during and after an outage, then waits until every one that was acknowledged is rightly decided.
 * @returns how long that took after the healing, in ms
 */
export async function surviveOutage(
  system: System,
  { strike, meanwhile, heal, refusals = 'never' }: Outage,
): Promise<number> {
  const posting = await startPosting(system, { refusals });
  let healed: number;
  try {
    await posting.more(10);
    await strike();
    if (refusals === 'never') await posting.more(20);
    await meanwhile?.();
    await heal();
    healed = performance.now();
    await posting.more(10);
  } catch (error) {
    // Its orders would be a later test's.
    await posting.stop().catch(() => {});
    throw error;
  }
  const placed = await posting.stop();
  const decided = await untilRightlyDecided(system, placed, healed);
  console.log(`        ${placed.length} orders, decided ${(decided / 1000).toFixed(1)} s after the healing`);
  return decided;
}

/**
 * Waits until all copies of a service say of a role that it is ready, or one that it is not. @returns the reason why
 * not
 */
export async function untilRole(
  system: System,
  name: ServiceName,
  role: string,
  ready: boolean,
): Promise<string | undefined> {
  const stateOf = async ({ url }: Component) => {
    const reply = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
    const { roles } = (await reply.json()) as {
      roles: Record<string, { ready: boolean; reason?: string }>;
    };
    const found = roles[role];
    assert.ok(found, `${name} has no role ${role}, but ${Object.keys(roles).join(', ')}`);
    return found;
  };
  const state = await eventually(
    `${role} of ${name} to be ${ready ? 'ready' : 'not ready'}`,
    async () => {
      const states = await Promise.all(system.copiesOf(name).map(stateOf));
      return ready ? states.every((copy) => copy.ready) && states[0] : states.find((copy) => !copy.ready);
    },
    { within: NOTICED_WITHIN },
  );
  return state.reason;
}

/**
 * Waits until an activity of some workflow waits for its next attempt, as the Web UI shows it, and returns its failure.
 */
export async function untilRetrying(system: System, activity: 'debit' | 'report'): Promise<string> {
  const connection = await Connection.connect({ address: system.temporalAddress });
  try {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    return await eventually(
      `an attempt to ${activity} to have failed`,
      async () => {
        for await (const { workflowId } of workflow.list({
          query: "ExecutionStatus = 'Running'",
          pageSize: 10,
        })) {
          const { raw } = await workflow.getHandle(workflowId).describe();
          const found = raw.pendingActivities?.find(
            ({ activityType, lastFailure }) => activityType?.name === activity && lastFailure,
          );
          if (found) return found.lastFailure?.message ?? '';
        }
        return undefined;
      },
      { within: NOTICED_WITHIN },
    );
  } finally {
    await connection.close();
  }
}

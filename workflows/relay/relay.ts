import { status } from '@grpc/grpc-js';
import type { WorkflowClient } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { OUTBOX_LEASE } from '#contracts/values/deadlines.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { describeError } from '#platform/process/health.ts';
import type { RoleState } from '#platform/process/health.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Counter } from '#platform/process/metrics.ts';
import { backOff } from '#platform/timing/back-off.ts';
import { coalesce } from '#platform/timing/coalesce.ts';
import type { WakeUp } from '#platform/timing/wake-up.ts';
import { grpcStatus } from '#temporal-config/grpc-status.ts';
import type { Unreported } from './in-flight-limit.ts';
import { claimDueRows, setDispatched, setDue, setFailed } from './outbox.queries.ts';
import type { ClaimedRow, DispatchedRow, OutboxTables } from './outbox.queries.ts';
import { startWorkflow } from './start-workflow.ts';

/** All in ms. A lost hint costs one poll. */
const POLL = 1_000;
const ROW_BACK_OFF = { min: 500, max: 30_000 };
/** Shorter than a row's: when Temporal is back, everyone is waiting. */
const OUTAGE_BACK_OFF = { min: 200, max: 3_000 };
/** "Stuck" is a label and an alarm, not an end: the row is tried for ever. */
export const STUCK_AFTER = 10;

const starts = new Counter({
  name: 'relay_starts_total',
  help: 'Workflow starts by outcome; "eager" is the share that costs one workflow task less.',
  labelNames: ['outcome'] as const,
});

export interface Relay {
  readonly db: Kysely<OutboxTables>;
  readonly workflows: WorkflowClient;
  readonly unreported: Unreported;
  readonly wakeUp: WakeUp;
  readonly log: Logger;
  readonly onState: (state: RoleState) => void;
  /** Called when the start of a workflow was tried, whatever came of it. */
  readonly onTried: () => void;
}

interface Outage {
  /** Consecutive starts that failed because Temporal was away. */
  failures: number;
}

/**
 * Drains the outbox into Temporal until disposed: claims due rows under a lease, starts their workflows in parallel, and
 * marks them. Crashing anywhere in between is safe: the lease runs out and the start is repeated. Disposal claims no more
 * and waits for the starts under way.
 */
export function startRelay(relay: Relay): AsyncDisposable {
  return inBackground(async (signal) => {
    const outage: Outage = { failures: 0 };
    const markDispatched = coalesce<DispatchedRow>(async (rows) => setDispatched(relay.db, rows));
    const underWay = new Set<Promise<void>>();
    while (!signal.aborted) {
      await relay.unreported.untilFree(signal);
      if (signal.aborted) break;
      // While Temporal is away a single row is tried, so that an outage does not churn the table.
      const limit = outage.failures > 0 ? 1 : relay.unreported.free();
      const rows = await claim(relay, limit, signal);
      if (outage.failures === 0) relay.onState({ ready: true });
      for (const row of rows) {
        relay.unreported.add(row.orderId);
        const dispatch = dispatchRow(relay, row, markDispatched, outage);
        underWay.add(dispatch);
        void dispatch.finally(() => underWay.delete(dispatch));
      }
      if (outage.failures > 0) {
        await Promise.all(underWay);
        if (outage.failures > 0) await pause(backOff(outage.failures, OUTAGE_BACK_OFF), signal);
      } else if (rows.length < limit) {
        await relay.wakeUp.wait(POLL, signal);
      }
    }
    await Promise.all(underWay);
  });
}

async function claim(relay: Relay, limit: number, signal: AbortSignal): Promise<ClaimedRow[]> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await claimDueRows(relay.db, limit, OUTBOX_LEASE);
    } catch (error) {
      relay.onState({ ready: false, reason: describeError(error) });
      relay.log.warn({ err: error }, 'the outbox cannot be read');
      await pause(backOff(failures, OUTAGE_BACK_OFF), signal);
    }
  }
  return [];
}

async function dispatchRow(
  relay: Relay,
  row: ClaimedRow,
  markDispatched: (row: DispatchedRow) => Promise<void>,
  outage: Outage,
): Promise<void> {
  const byLease = (error: unknown) =>
    relay.log.warn({ err: error, orderId: row.orderId }, 'a row falls due again by its lease alone');
  const started = await startWorkflow(relay.workflows, row).catch(async (error: unknown) => {
    relay.unreported.remove(row.orderId);
    await giveBack(relay, row, error, outage).catch(byLease);
  });
  relay.onTried();
  if (!started) return;
  outage.failures = 0;
  const { runId, eagerly } = started;
  // Whoever runs it already may be another worker, and would never give this place back.
  if (runId === null) relay.unreported.remove(row.orderId);
  else if (!eagerly) relay.unreported.mayRunElsewhere(row.orderId);
  starts.inc({ outcome: runId === null ? 'already running' : eagerly ? 'eager' : 'not eager' });
  // Unmarked, the row is started again when its lease ends, and found running or decided.
  await markDispatched({ outboxId: row.outboxId, sweeps: row.sweeps, runId, startedEagerly: eagerly }).catch(
    byLease,
  );
}

async function giveBack(relay: Relay, row: ClaimedRow, error: unknown, outage: Outage): Promise<void> {
  if (isTemporalOutage(error)) {
    starts.inc({ outcome: 'temporal away' });
    relay.onState({ ready: false, reason: describeError(error) });
    outage.failures += 1;
    if (outage.failures === 1) relay.log.warn({ err: error }, 'Temporal is away: the relay pauses');
    await setDue(relay.db, [row.outboxId]);
    return;
  }
  starts.inc({ outcome: 'failed' });
  const retryIn = Math.round(backOff(row.attempts + 1, ROW_BACK_OFF));
  const stuck = row.attempts + 1 >= STUCK_AFTER;
  relay.log.error({ err: error, orderId: row.orderId, stuck, retryIn }, 'a workflow could not be started');
  await setFailed(relay.db, { outboxId: row.outboxId, error: describeError(error), retryIn });
}

/**
 * Every other gRPC status than INVALID_ARGUMENT is about the server or the way to it, so it is not the row's failure and
 * counts no attempt. Neither is that the server does not know our namespace, or not yet.
 */
function isTemporalOutage(error: unknown): boolean {
  if (error instanceof NamespaceNotFoundError) return true;
  const code = grpcStatus(error);
  return code !== undefined && code !== status.INVALID_ARGUMENT;
}

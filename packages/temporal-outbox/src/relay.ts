import { status } from '@grpc/grpc-js';
import type { WorkflowClient } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { QueryExecutorProvider } from 'kysely';
import { OUTBOX_LEASE } from '#contracts/values/deadlines.ts';
import { backOff } from '#packages/timing/src/back-off.ts';
import { coalesce } from '#packages/timing/src/coalesce.ts';
import type { WakeUp } from '#packages/timing/src/wake-up.ts';
import { classifyError, isOutage } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { RoleState } from '#platform/process/health.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Counter, Histogram } from '#platform/process/metrics.ts';
import { acceptTrace } from '#platform/tracing/accept-trace.ts';
import { logOf } from '#platform/tracing/log-of.ts';
import { fail, inSpan, isTracing, SpanKind } from '#platform/tracing/spans.ts';
import { grpcStatus } from '#temporal-config/grpc-status.ts';
import type { ClaimedRow } from './claim.queries.ts';
import { createClaim } from './create-claim.ts';
import type { Claimed } from './create-claim.ts';
import type { InFlight } from './in-flight.ts';
import { setDispatched, setDue, setFailed } from './outbox.queries.ts';
import type { DispatchedRow } from './outbox.queries.ts';
import type { Dispatched, Kinds } from './registry.ts';

const ROW_BACK_OFF = { min: 500, max: 30_000 };
/** Shorter than a row's: when Temporal is back, every row is waiting. */
const OUTAGE_BACK_OFF = { min: 200, max: 3_000 };
/** "Stuck" is a label and an alarm, not an end: the row is tried until it succeeds. */
export const STUCK_AFTER = 10;

const dispatches = new Counter({
  name: 'relay_dispatches_total',
  help: 'Attempts to dispatch an outbox row, by kind and outcome; "eager" is the share that costs one workflow task less.',
  labelNames: ['kind', 'outcome'] as const,
});
const waits = new Histogram({
  name: 'outbox_wait_seconds',
  help: 'From the writing of an outbox row to its first claim.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

export interface RelayOptions {
  readonly db: QueryExecutorProvider;
  readonly workflows: WorkflowClient;
  /** What is done with a row, by its kind. */
  readonly kinds: Kinds;
  /** Whether workflows may start on the worker of this connection now; by default they always may. */
  readonly startsEagerly?: () => boolean;
  readonly inFlight: InFlight;
  /** Set when the outbox has a new row. */
  readonly wakeUp: WakeUp;
  readonly log: Logger;
  readonly onState: (state: RoleState) => void;
  /**
   * Looks why Temporal refuses what is valid, after a refusal (INVALID_ARGUMENT) or when it does not know the namespace.
   * @returns what is wrong for all rows alike, and what to do; undefined when it is the row's own fault
   */
  readonly findFault?: () => Promise<string | undefined>;
  /** Called after each attempt to dispatch a row, whatever came of it. */
  readonly onTried: () => void;
}

/** How long the relay is called limited after Temporal has refused a start for its rate, in ms. */
const LIMITED = 10_000;

/** What came of a row. `away` and `limited` say nothing about the row: Temporal, or the way to it, does not answer. */
type Outcome =
  | Dispatched
  | { readonly outcome: 'failed'; readonly error: unknown; readonly isOfAll?: boolean }
  | { readonly outcome: 'limited'; readonly error: unknown }
  | { readonly outcome: 'away'; readonly error: unknown };

/**
 * Drains the outbox into Temporal until disposed. The states of the relay:
 *
 * - draining: claims as many due rows as there are slots, of each key no more than it may have in flight, and dispatches
 *   them in parallel. When the turns are crowded by rows that it leaves, it looks for those of other keys
 * - idle: nothing is due, or only for keys that have as many in flight as they may; woken by the hint, when a workflow of
 *   such a key completes, or by the poll
 * - full: every slot is taken; goes on when a workflow completes or its slot expires
 * - blind: the outbox cannot be read; tries again with back-off, and is reported not ready
 * - limited: Temporal takes fewer requests than there are rows (RESOURCE_EXHAUSTED); pauses with back-off, with half as many
 *   workflows in flight, and is reported not ready until nothing was refused for 10 s
 * - probing: Temporal is away; tries a single row at a time with back-off, so that an outage does not churn the table
 * - stopping: claims no more, and waits for the dispatches under way
 *
 * While Temporal refuses every row alike, because its namespace is not as it must be, the relay is reported not ready.
 *
 * The states of a row: due; claimed (its due time lies a lease ahead); then dispatched, or due again, at once when
 * Temporal was away or limited, after a back-off when Temporal refused it. A crash in between leaves it claimed, and the lease
 * makes it due.
 */
export function startRelay(relay: RelayOptions): AsyncDisposable {
  return inBackground(async (signal) => {
    const { inFlight, wakeUp } = relay;
    const markDispatched = coalesce<DispatchedRow>(async (rows) => setDispatched(relay.db, rows));
    const claim = createClaim(relay.db, {
      kinds: Object.keys(relay.kinds),
      lease: OUTBOX_LEASE,
      keys: inFlight.keys,
    });
    inFlight.onRoomOfKey(wakeUp.set);
    const underWay = new Set<Promise<void>>();
    /** Attempts since Temporal last answered; above 0 the relay is probing. */
    let unanswered = 0;
    /** Refusals since a start succeeded, and why the relay is called limited until when. */
    let limit = { refusals: 0, until: 0, reason: '' };
    /** Why every row is refused. */
    let fault: string | undefined;
    const note = (result: Outcome) => {
      if (result.outcome === 'failed') {
        if (result.isOfAll) fault = describeError(result.error);
        return;
      }
      fault = undefined;
      if (result.outcome === 'limited') {
        if (limit.refusals === 0)
          relay.log.warn({ err: result.error }, 'Temporal limits the relay: it slows down');
        limit = {
          refusals: limit.refusals + 1,
          until: Date.now() + LIMITED,
          reason: describeError(result.error),
        };
        return;
      }
      limit.refusals = 0;
      unanswered = result.outcome === 'away' ? unanswered + 1 : 0;
      if (result.outcome === 'away' && unanswered === 1) {
        relay.log.warn({ err: result.error }, 'Temporal is away: the relay pauses');
      }
    };
    while (!signal.aborted) {
      await inFlight.untilAvailable(signal);
      if (signal.aborted) break;
      const most = unanswered > 0 ? 1 : inFlight.available();
      const { rows, idle } = await claimWhenPossible(relay, async () => claim(most), signal);
      if (unanswered === 0) {
        const reason = fault ?? (Date.now() < limit.until ? limit.reason : undefined);
        relay.onState(reason === undefined ? { ready: true } : { ready: false, reason });
      }
      for (const row of rows) {
        inFlight.begin(row.workflowId, row);
        const dispatching = dispatchInSpan(relay, row, markDispatched).then(note);
        underWay.add(dispatching);
        void dispatching.finally(() => underWay.delete(dispatching));
      }
      if (unanswered > 0) {
        await Promise.all(underWay);
        if (unanswered > 0) await pause(backOff(unanswered, OUTAGE_BACK_OFF), signal);
      } else if (limit.refusals > 0) {
        await pause(backOff(limit.refusals, OUTAGE_BACK_OFF), signal);
      } else if (idle > 0) {
        await wakeUp.wait(idle, signal);
      }
    }
    await Promise.all(underWay);
  });
}

async function claimWhenPossible(
  relay: RelayOptions,
  claim: () => Promise<Claimed>,
  signal: AbortSignal,
): Promise<Claimed> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await claim();
    } catch (error) {
      relay.onState({ ready: false, reason: describeError(error) });
      relay.log.warn({ err: error }, 'the outbox cannot be read');
      await pause(backOff(failures, OUTAGE_BACK_OFF), signal);
    }
  }
  return { rows: [], idle: 0 };
}

/** In a span of the row's trace, while spans are recorded: it asks for work that is done elsewhere. */
async function dispatchInSpan(
  relay: RelayOptions,
  row: ClaimedRow,
  markDispatched: (row: DispatchedRow) => Promise<void>,
): Promise<Outcome> {
  const trace = acceptTrace(row);
  const inItsTrace = { ...relay, log: logOf(relay.log, trace) };
  if (!isTracing()) return dispatchRow(inItsTrace, row, markDispatched);
  const { kind, workflowId, attempts, waited } = row;
  const attributes = {
    'temporal.workflow.id': workflowId,
    'gozon.outbox.attempts': attempts,
    'gozon.outbox.waited_ms': Math.round(waited),
  };
  return inSpan({ name: `dispatch ${kind}`, kind: SpanKind.PRODUCER, attributes }, trace, async (span) => {
    const result = await dispatchRow(inItsTrace, row, markDispatched);
    if ('error' in result) fail(span, result.error);
    return result;
  });
}

/** Dispatches one row and writes down what came of it. What cannot be written down falls due again by its lease. */
async function dispatchRow(
  relay: RelayOptions,
  row: ClaimedRow,
  markDispatched: (row: DispatchedRow) => Promise<void>,
): Promise<Outcome> {
  const { outboxId, kind, sweeps, workflowId } = row;
  if (row.attempts === 0 && sweeps === 0) waits.observe(row.waited / 1_000);
  const result = await dispatch(relay, row);
  dispatches.inc({ kind, outcome: result.outcome === 'away' ? 'temporal_away' : result.outcome });
  relay.onTried();
  try {
    if (result.outcome === 'away' || result.outcome === 'limited') {
      relay.onState({ ready: false, reason: describeError(result.error) });
      await setDue(relay.db, [outboxId]);
    } else if (result.outcome === 'failed') {
      await recordFailure(relay, row, result.error);
    } else {
      const { runId, startedEagerly } = result;
      await markDispatched({ outboxId, sweeps, runId, startedEagerly });
    }
  } catch (error) {
    relay.log.warn({ err: error, workflowId }, 'a row falls due again by its lease alone');
  }
  return result;
}

async function dispatch(
  { kinds, workflows, inFlight, findFault, startsEagerly = () => true }: RelayOptions,
  row: ClaimedRow,
): Promise<Outcome> {
  const { kind, workflowId } = row;
  try {
    const dispatched = await kinds[kind]?.(workflows, row, { eagerly: startsEagerly() });
    if (!dispatched) throw new Error(`there is no kind ${kind} in the registry`);
    // A run that exists already may be another worker's, which would never give this slot back.
    if (dispatched.startedEagerly === null) inFlight.release(workflowId);
    else if (!dispatched.startedEagerly) inFlight.mayRunElsewhere(workflowId);
    return dispatched;
  } catch (error) {
    if (grpcStatus(error) === status.RESOURCE_EXHAUSTED) {
      inFlight.refuse(workflowId);
      return { outcome: 'limited', error };
    }
    inFlight.release(workflowId);
    const answers = isNamespaceMissing(error) || classifyError(error) === 'refusal';
    const fault = answers ? await findFault?.().catch(() => undefined) : undefined;
    const explained = fault === undefined ? error : new Error(fault, { cause: error });
    if (isTemporalAway(error)) return { outcome: 'away', error: explained };
    return { outcome: 'failed', error: explained, isOfAll: fault !== undefined };
  }
}

async function recordFailure({ db, log }: RelayOptions, row: ClaimedRow, error: unknown): Promise<void> {
  const { outboxId, workflowId } = row;
  const attempts = row.attempts + 1;
  const retryIn = Math.round(backOff(attempts, ROW_BACK_OFF));
  log.error(
    { err: error, workflowId, stuck: attempts >= STUCK_AFTER, retryIn },
    'a row could not be dispatched',
  );
  await setFailed(db, { outboxId, error: describeError(error), retryIn });
}

/**
 * An outage is not the row's failure, so it counts no attempt. Neither is a server that does not know our namespace, or
 * not yet.
 */
function isTemporalAway(error: unknown): boolean {
  return isNamespaceMissing(error) || isOutage(error);
}

function isNamespaceMissing(error: unknown): boolean {
  return error instanceof NamespaceNotFoundError;
}

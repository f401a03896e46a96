import { backOff, coalesce, createWakeUp, inBackground, pause } from '@gozon/timing';
import type { WakeUp } from '@gozon/timing';
import type { WorkflowClient } from '@temporalio/client';
import type { QueryExecutorProvider } from 'kysely';
import type { ClaimedRow } from './claim.queries.ts';
import { createClaim } from './create-claim.ts';
import type { Claimed } from './create-claim.ts';
import { createInFlight } from './in-flight.ts';
import type { InFlight } from './in-flight.ts';
import { setDispatched, setDue, setFailed } from './outbox.queries.ts';
import type { DispatchedRow } from './outbox.queries.ts';
import type { Dispatched, Kinds } from './registry.ts';
import { classifyFailure, describeError, isNamespaceMissing } from './temporal-errors.ts';
import { OUTAGE_BACK_OFF, watchAnswers } from './watch-answers.ts';

const ROW_BACK_OFF = { min: 500, max: 30_000 };
/** "Stuck" is a label and an alarm, not an end: the row is tried until it succeeds. */
export const STUCK_AFTER = 10;

/** How long a relay owns the rows that it has claimed, in ms. */
const LEASE = 10_000;

/** Where lines of log go: pino is one. */
export interface RelayLog {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** Whether the relay does its work, and if not, why. */
export type RelayState = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface RelayOptions {
  /** PostgreSQL with the table of `outbox.sql`. */
  readonly db: QueryExecutorProvider;
  readonly workflows: WorkflowClient;
  /** What is done with a row, by its kind. */
  readonly kinds: Kinds;
  /**
   * Whether workflows may start on the worker of this connection now; by default they always may. The SDK refuses that for a
   * client that is not on a `NativeConnection`: then return false.
   */
  readonly startsEagerly?: () => boolean;
  /** By default 64 workflows, each for 30 s at most. */
  readonly inFlight?: InFlight;
  /** Set when the outbox has a new row; without it a row waits for the poll of a second. */
  readonly wakeUp?: WakeUp;
  /** By default the console. */
  readonly log?: RelayLog;
  readonly onState?: (state: RelayState) => void;
  /**
   * Looks why Temporal refuses what is valid, after a refusal (INVALID_ARGUMENT) or when it does not know the namespace.
   * @returns what is wrong for all rows alike, and what to do; undefined when it is the row's own fault
   */
  readonly findFault?: () => Promise<string | undefined>;
  /** Called after each attempt to dispatch a row, with what came of it. */
  readonly onTried?: (row: ClaimedRow, outcome: Outcome['outcome']) => void;
  /** Does each dispatch, for example in a span of the row's trace and with a log of it. By default it is just done. */
  readonly around?: (row: ClaimedRow, dispatch: (log?: RelayLog) => Promise<Outcome>) => Promise<Outcome>;
  /** What is stored of an error and told as a reason; by default its message and those of its causes. */
  readonly describe?: (error: unknown) => string;
  /** How long a relay owns the rows that it has claimed, in ms; by default 10 s. */
  readonly lease?: number;
  /**
   * How long a dispatch may take, in ms; by default half of the lease. It must be shorter than that, so that a row is never
   * dispatched twice at the same time.
   */
  readonly deadline?: number;
}

type Relay = Required<Omit<RelayOptions, 'findFault'>> & Pick<RelayOptions, 'findFault'>;

const CONSOLE: RelayLog = {
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
};

/** What came of an attempt. `away` and `limited` say nothing about the row: Temporal, or the way to it, does not answer. */
export type Outcome =
  | Dispatched
  | {
      readonly outcome: 'failed';
      readonly error: unknown;
      /** Whether Temporal answered. */
      readonly answered: boolean;
      readonly isOfAll: boolean;
    }
  | { readonly outcome: 'limited'; readonly error: unknown }
  | { readonly outcome: 'away'; readonly error: unknown };

/**
 * Drains the outbox into Temporal until disposed. The states of the relay:
 *
 * - draining: claims as many due rows as there are slots, of each key no more than it may have in flight, and dispatches
 *   them in parallel. When the turns are crowded by rows that it leaves, it looks for those of other keys
 * - idle: nothing is due, or only for keys that have as many in flight as they may; woken by the hint, when such rows
 *   are left and a workflow completes, or by the poll
 * - full: every slot is taken; goes on when a workflow completes or its slot expires
 * - blind: the outbox cannot be read; tries again with back-off, and is reported not ready
 * - limited: Temporal takes fewer requests than there are rows (RESOURCE_EXHAUSTED); pauses with back-off, with half as many
 *   workflows in flight, and is reported not ready until nothing was refused for 10 s
 * - probing: Temporal is away; tries a single row at a time with back-off, so that an outage does not churn the table, or asks
 *   for the namespace when there is no row
 * - stopping: claims no more, and waits for the dispatches under way
 *
 * While Temporal refuses every row alike, because its namespace is not as it must be, the relay is reported not ready.
 *
 * The states of a row: due; claimed (its due time lies a lease ahead); then dispatched, or due again, at once when
 * Temporal was away or limited, after a back-off when Temporal refused it. A crash in between leaves it claimed, and the lease
 * makes it due.
 */
export function startRelay(options: RelayOptions): AsyncDisposable {
  const relay: Relay = {
    startsEagerly: () => true,
    inFlight: createInFlight(64, 30_000),
    wakeUp: createWakeUp(),
    log: CONSOLE,
    onState: () => {},
    onTried: () => {},
    around: async (_row, work) => work(),
    describe: describeError,
    lease: LEASE,
    deadline: (options.lease ?? LEASE) / 2,
    ...options,
  };
  return inBackground(async (signal) => {
    const { inFlight, wakeUp } = relay;
    const markDispatched = coalesce<DispatchedRow>(async (rows) => setDispatched(relay.db, rows));
    const claim = createClaim(relay.db, {
      kinds: Object.keys(relay.kinds),
      lease: relay.lease,
      keys: inFlight.keys,
    });
    // Room counts from when a claim is told of the keys. Most of a key's workflows complete while a claim is under way.
    let [withholds, hasRoom] = [false, false];
    inFlight.onRoomOfKey(() => {
      hasRoom = true;
      if (withholds) wakeUp.set();
    });
    const underWay = new Set<Promise<void>>();
    const answers = watchAnswers(relay);
    while (!signal.aborted) {
      await inFlight.untilAvailable(signal);
      if (signal.aborted) break;
      const most = answers.isAway() ? 1 : inFlight.available();
      [withholds, hasRoom] = [false, false];
      const { rows, idle, ...claimed } = await claimWhenPossible(relay, async () => claim(most), signal);
      withholds = claimed.withholds;
      if (withholds && hasRoom) wakeUp.set();
      if (!answers.isAway()) relay.onState(answers.state());
      for (const row of rows) {
        inFlight.begin(row.workflowId, row);
        const dispatching = relay
          .around(row, async (log) => dispatchRow(relay, row, { log: log ?? relay.log, markDispatched }))
          .then(answers.note);
        underWay.add(dispatching);
        void dispatching.finally(() => underWay.delete(dispatching));
      }
      if (answers.isAway()) await Promise.all(underWay);
      // Other relays may have taken every row that it could probe with.
      if (answers.isAway() && rows.length === 0) await answers.ask(async () => askForNamespace(relay));
      const rest = answers.rest();
      if (rest > 0) await pause(rest, signal);
      else if (idle > 0) await wakeUp.wait(idle, signal);
    }
    await Promise.all(underWay);
  });
}

async function askForNamespace({ workflows, deadline }: Relay): Promise<void> {
  const { namespace } = workflows.options;
  await workflows.withDeadline(Date.now() + deadline, async () =>
    workflows.workflowService.describeNamespace({ namespace }),
  );
}

async function claimWhenPossible(
  relay: Relay,
  claim: () => Promise<Claimed>,
  signal: AbortSignal,
): Promise<Claimed> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await claim();
    } catch (error) {
      relay.onState({ ready: false, reason: relay.describe(error) });
      relay.log.warn({ err: error }, 'the outbox cannot be read');
      await pause(backOff(failures, OUTAGE_BACK_OFF), signal);
    }
  }
  return { rows: [], withholds: false, idle: 0 };
}

interface Dispatching {
  readonly log: RelayLog;
  readonly markDispatched: (row: DispatchedRow) => Promise<void>;
}

/** Dispatches one row and writes down what came of it. What cannot be written down falls due again by its lease. */
async function dispatchRow(
  relay: Relay,
  row: ClaimedRow,
  { log, markDispatched }: Dispatching,
): Promise<Outcome> {
  const { outboxId, sweeps, workflowId } = row;
  const result = await dispatch(relay, row);
  relay.onTried(row, result.outcome);
  try {
    if (result.outcome === 'away' || result.outcome === 'limited') {
      relay.onState({ ready: false, reason: relay.describe(result.error) });
      await setDue(relay.db, [outboxId]);
    } else if (result.outcome === 'failed') {
      await recordFailure(relay, row, { log, error: result.error });
    } else {
      const { runId, startedEagerly } = result;
      await markDispatched({ outboxId, sweeps, runId, startedEagerly });
    }
  } catch (error) {
    log.warn({ err: error, workflowId }, 'a row falls due again by its lease alone');
  }
  return result;
}

async function dispatch(relay: Relay, row: ClaimedRow): Promise<Outcome> {
  const { kinds, workflows, inFlight, startsEagerly, deadline } = relay;
  const { kind, workflowId } = row;
  try {
    const dispatchKind = kinds[kind];
    if (!dispatchKind) throw new Error(`there is no kind ${kind} in the registry`);
    const dispatched = await workflows.withDeadline(Date.now() + deadline, async () =>
      dispatchKind(workflows, row, { eagerly: startsEagerly() }),
    );
    // A run that exists already may be another worker's, which would never give this slot back.
    if (dispatched.startedEagerly === null) inFlight.release(workflowId);
    else if (!dispatched.startedEagerly) inFlight.mayRunElsewhere(workflowId);
    return dispatched;
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure === 'limited') {
      inFlight.refuse(workflowId);
      return { outcome: 'limited', error };
    }
    inFlight.release(workflowId);
    const answers = failure === 'refused' || isNamespaceMissing(error);
    const fault = answers ? await relay.findFault?.().catch(() => undefined) : undefined;
    const explained = fault === undefined ? error : new Error(fault, { cause: error });
    // An outage is not the row's failure, so it counts no attempt.
    if (failure === 'away') return { outcome: 'away', error: explained };
    return {
      outcome: 'failed',
      error: explained,
      answered: failure === 'refused',
      isOfAll: fault !== undefined,
    };
  }
}

async function recordFailure(
  { db, describe }: Relay,
  row: ClaimedRow,
  { log, error }: { log: RelayLog; error: unknown },
): Promise<void> {
  const { outboxId, workflowId } = row;
  const attempts = row.attempts + 1;
  const retryIn = Math.round(backOff(attempts, ROW_BACK_OFF));
  log.error(
    { err: error, workflowId, stuck: attempts >= STUCK_AFTER, retryIn },
    'a row could not be dispatched',
  );
  await setFailed(db, { outboxId, error: describe(error), retryIn });
}

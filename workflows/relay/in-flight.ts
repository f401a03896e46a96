import type { KeysInFlight } from './claim.queries.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';

/**
 * How long a workflow holds its slot, in ms, that another process may run. Releasing the slot at once would remove the
 * limit. Waiting for the end in this process would cap several copies without eager starts at a few workflows per second.
 */
const ELSEWHERE = 2_000;

/**
 * How many workflows of one fairness key, so that others find slots and CPU free; one while workflows wait for each other.
 * At 35 ms each, 2 at a time are 57 a second, and two cores manage 50. One at a time is half of that.
 */
const MOST_OF_KEY = 2;
/**
 * How long a workflow still counts for its key when it has ended, in times that it waited for others: a key with further
 * rows takes what others leave, as LEDBAT does (RFC 6817). Beside a key with 45 rows a second others took 2.4 times as long as
 * without it (99th percentile, median of 3 pairs); with 2 at a time and no rest it was 6.4 times.
 */
const REST_OF_KEY = 8;
/**
 * How long a workflow counts for its key at most, in ms: what takes longer waits for an outage to end, and takes nothing from
 * others.
 */
const COUNTS_FOR_KEY = 300;
/** In ms; and no longer than its row had waited, so that a key without further rows does not rest. */
const LONGEST_REST = 1_000;
const NO_KEY: Queued = { fairnessKey: null, waited: 0 };

/**
 * The workflows that this relay has started and that have not completed here. They are what bounds it. Bounding the
 * outstanding starts instead lets far more workflows run than the worker has slots for, and then the server silently
 * stops starting them eagerly (20% of starts at the default 40 slots; 100% with 200 slots and 64 in flight).
 */
export interface InFlight {
  /** How many more workflows may be started now. */
  available: () => number;
  /** Resolves when one more may be started, or when the signal aborts. */
  untilAvailable: (signal: AbortSignal) => Promise<void>;
  readonly keys: KeysInFlight;
  /** Calls this whenever a key that had as many as it might has one less. */
  onRoomOfKey: (listener: () => void) => void;
  /** A start begins: it takes a slot. */
  begin: (workflowId: string, row?: Queued) => void;
  /**
   * The start was not eager: another process may run the workflow, and its end may not be heard of here. It no longer counts
   * for its key: at 2 s each, the key would be slowed down to 2 a second.
   */
  mayRunElsewhere: (workflowId: string) => void;
  /** The workflow has done its work: its slot is free, and how long it took adapts the limit. */
  complete: (workflowId: string) => void;
  /** Temporal takes no more requests now: the slot is free, and the limit is halved. */
  refuse: (workflowId: string) => void;
  /** There is nothing to wait for: it did not start, was only signalled, or runs already. */
  release: (workflowId: string) => void;
}

/** Of the row that asks for a workflow. */
interface Queued {
  readonly fairnessKey: string | null;
  /** How long ago it was enqueued, in ms. */
  readonly waited: number;
}

interface Workflow {
  readonly beganAt: number;
  readonly timers: NodeJS.Timeout[];
  holdsSlot: boolean;
  readonly waited: number;
  /** Null as soon as it no longer counts for its key. */
  fairnessKey: string | null;
}

/**
 * Slots for up to `most` workflows, fewer while they are slow.
 * @param expiry ms after which a slot is given back without an end. By then the workflow waits for an outage to end,
 *   where another process may complete it, and one that can never complete must not hold its slot indefinitely
 */
export function createInFlight(most: number, expiry: number): InFlight {
  const limit = createConcurrencyLimit(most);
  const workflows = new Map<string, Workflow>();
  const ofKeys = new Map<string, number>();
  let onRoomOfKey = () => {};

  /** Whether keys may have had less room than usual since the last of them was told of room. */
  let wasCrowded = false;
  function mostOfKey(): number {
    if (limit.waiting() === 0) return MOST_OF_KEY;
    wasCrowded = true;
    return 1;
  }

  function freeSlot(workflowId: string): void {
    const workflow = workflows.get(workflowId);
    if (!workflow?.holdsSlot) return;
    workflow.holdsSlot = false;
    limit.release();
  }

  function freeKey(workflowId: string): void {
    const workflow = workflows.get(workflowId);
    const key = workflow?.fairnessKey ?? null;
    if (!workflow || key === null) return;
    workflow.fairnessKey = null;
    leaveKey(key);
  }

  function leaveKey(key: string): void {
    const count = ofKeys.get(key) ?? 0;
    if (count > 1) ofKeys.set(key, count - 1);
    else ofKeys.delete(key);
    if (count < MOST_OF_KEY && !wasCrowded) return;
    wasCrowded = limit.waiting() > 0;
    onRoomOfKey();
  }

  /** It has ended, and counts for its key until that has rested. */
  function restKey(workflow: Workflow): void {
    const { fairnessKey, beganAt, waited } = workflow;
    const crowding = Math.min(limit.waiting(), limit.waiting(performance.now() - beganAt));
    const rest = Math.min(waited, LONGEST_REST, REST_OF_KEY * crowding);
    if (fairnessKey === null || rest < 1) return;
    workflow.fairnessKey = null;
    setTimeout(leaveKey, rest, fairnessKey).unref();
  }

  function release(workflowId: string): void {
    for (const timer of workflows.get(workflowId)?.timers ?? []) clearTimeout(timer);
    freeSlot(workflowId);
    freeKey(workflowId);
    workflows.delete(workflowId);
  }

  return {
    available: limit.available,
    untilAvailable: limit.untilAvailable,
    keys: {
      get mostOfKey() {
        return mostOfKey();
      },
      inFlight: ofKeys,
    },
    onRoomOfKey(listener) {
      onRoomOfKey = listener;
    },
    begin(workflowId, { fairnessKey, waited } = NO_KEY) {
      release(workflowId);
      const timers = [
        setTimeout(() => release(workflowId), expiry).unref(),
        setTimeout(() => freeKey(workflowId), COUNTS_FOR_KEY).unref(),
      ];
      workflows.set(workflowId, {
        beganAt: performance.now(),
        timers,
        holdsSlot: true,
        waited,
        fairnessKey,
      });
      if (fairnessKey !== null) ofKeys.set(fairnessKey, (ofKeys.get(fairnessKey) ?? 0) + 1);
      limit.acquire();
    },
    mayRunElsewhere(workflowId) {
      freeKey(workflowId);
      // It stays known: should it run here after all, and be slow, that adapts the limit.
      workflows.get(workflowId)?.timers.push(setTimeout(() => freeSlot(workflowId), ELSEWHERE).unref());
    },
    complete(workflowId) {
      const workflow = workflows.get(workflowId);
      if (!workflow) return;
      limit.ended(workflow.beganAt);
      restKey(workflow);
      release(workflowId);
    },
    refuse(workflowId) {
      const workflow = workflows.get(workflowId);
      release(workflowId);
      if (workflow) limit.refused(workflow.beganAt);
    },
    release,
  };
}

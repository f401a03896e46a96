import type { KeysInFlight } from './claim.queries.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';
import { createKeyLimit } from './key-limit.ts';
import type { PlaceOfKey } from './key-limit.ts';

/**
 * How long a workflow holds its slot, in ms, that another process may run. Releasing the slot at once would remove the
 * limit. Waiting for the end in this process would cap several copies without eager starts at a few workflows per second.
 */
const ELSEWHERE = 2_000;

/**
 * How long a workflow still counts for its key when it has ended, in times that it waited for others: a key with further
 * rows takes what others leave, as LEDBAT does (RFC 6817). Beside a key with 45 rows a second others took 2.4 times as long as
 * without it (99th percentile, median of 3 pairs); with 2 at a time and no rest it was 6.4 times.
 */
const REST_OF_KEY = 8;
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
  /** How many slots are taken, and there are at present. */
  readonly state: () => { readonly taken: number; readonly limit: number };
  /** Resolves when one more may be started, or when the signal aborts. */
  untilAvailable: (signal: AbortSignal) => Promise<void>;
  readonly keys: KeysInFlight;
  /** Calls this whenever a key may have one more. */
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
  readonly waited: number;
  readonly ofKey: PlaceOfKey;
  holdsSlot: boolean;
}

/**
 * Slots for up to `most` workflows, fewer while they are slow.
 * @param expiry ms after which a slot is given back without an end. By then the workflow waits for an outage to end,
 *   where another process may complete it, and one that can never complete must not hold its slot indefinitely
 */
export function createInFlight(most: number, expiry: number): InFlight {
  const limit = createConcurrencyLimit(most);
  const workflows = new Map<string, Workflow>();
  const keyLimit = createKeyLimit(() => limit.waiting() > 0);

  function freeSlot(workflow: Workflow): void {
    if (!workflow.holdsSlot) return;
    workflow.holdsSlot = false;
    limit.release();
  }

  /** It has ended, and counts for its key until that has rested. */
  function restKey({ ofKey, beganAt, waited }: Workflow): void {
    const crowding = Math.min(limit.waiting(), limit.waiting(performance.now() - beganAt));
    const rest = Math.min(waited, LONGEST_REST, REST_OF_KEY * crowding);
    if (rest >= 1) ofKey.rest(rest);
  }

  function release(workflowId: string): void {
    const workflow = workflows.get(workflowId);
    if (!workflow) return;
    for (const timer of workflow.timers) clearTimeout(timer);
    freeSlot(workflow);
    workflow.ofKey.free();
    workflows.delete(workflowId);
  }

  return {
    available: limit.available,
    state: limit.state,
    untilAvailable: limit.untilAvailable,
    keys: keyLimit.keys,
    onRoomOfKey: keyLimit.onRoom,
    begin(workflowId, { fairnessKey, waited } = NO_KEY) {
      release(workflowId);
      workflows.set(workflowId, {
        beganAt: performance.now(),
        timers: [setTimeout(() => release(workflowId), expiry).unref()],
        waited,
        ofKey: keyLimit.take(fairnessKey),
        holdsSlot: true,
      });
      limit.acquire();
    },
    mayRunElsewhere(workflowId) {
      const workflow = workflows.get(workflowId);
      if (!workflow) return;
      workflow.ofKey.free();
      // It stays known: should it run here after all, and be slow, that adapts the limit.
      workflow.timers.push(setTimeout(() => freeSlot(workflow), ELSEWHERE).unref());
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

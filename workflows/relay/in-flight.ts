import { createConcurrencyLimit } from './concurrency-limit.ts';

/**
 * How long a workflow holds its slot, in ms, that another process may run. Releasing the slot at once would remove the
 * limit. Waiting for the end in this process would cap several copies without eager starts at a few workflows per second.
 */
const ELSEWHERE = 2_000;

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
  /** A start begins: it takes a slot. */
  begin: (workflowId: string) => void;
  /** The start was not eager: another process may run the workflow, and its end may not be heard of here. */
  mayRunElsewhere: (workflowId: string) => void;
  /** The workflow has done its work: its slot is free, and how long it took adapts the limit. */
  complete: (workflowId: string) => void;
  /** Temporal takes no more requests now: the slot is free, and the limit is halved. */
  refuse: (workflowId: string) => void;
  /** There is nothing to wait for: it did not start, was only signalled, or runs already. */
  release: (workflowId: string) => void;
}

interface Workflow {
  readonly beganAt: number;
  readonly timers: NodeJS.Timeout[];
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

  function freeSlot(workflowId: string): void {
    const workflow = workflows.get(workflowId);
    if (!workflow?.holdsSlot) return;
    workflow.holdsSlot = false;
    limit.release();
  }

  function release(workflowId: string): void {
    for (const timer of workflows.get(workflowId)?.timers ?? []) clearTimeout(timer);
    freeSlot(workflowId);
    workflows.delete(workflowId);
  }

  return {
    available: limit.available,
    untilAvailable: limit.untilAvailable,
    begin(workflowId) {
      release(workflowId);
      const timer = setTimeout(() => release(workflowId), expiry).unref();
      workflows.set(workflowId, { beganAt: performance.now(), timers: [timer], holdsSlot: true });
      limit.acquire();
    },
    mayRunElsewhere(workflowId) {
      // It stays known: should it run here after all, and be slow, that adapts the limit.
      workflows.get(workflowId)?.timers.push(setTimeout(() => freeSlot(workflowId), ELSEWHERE).unref());
    },
    complete(workflowId) {
      const workflow = workflows.get(workflowId);
      if (!workflow) return;
      release(workflowId);
      limit.ended(workflow.beganAt);
    },
    refuse(workflowId) {
      const workflow = workflows.get(workflowId);
      release(workflowId);
      if (workflow) limit.refused(workflow.beganAt);
    },
    release,
  };
}

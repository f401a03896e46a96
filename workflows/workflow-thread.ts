// Preloaded into the process `workflows` (node --import), and so into the thread in which the SDK runs workflow code.
// It changes two things of that thread, which cost CPU in each task.
//
// - The SDK gives each call into workflow code a timeout of 5 s, and Node starts a thread for each call with a timeout.
//   Here one timer of the process watches all of them, and ends the process at a call that does not end.
//   `WORKFLOW_WATCHDOG=call` leaves it to the SDK, which fails such a task and keeps the process.
// - The SDK keeps the stack of each promise for the "Call Stack" of the Web UI. `WORKFLOW_STACK_TRACES=true` leaves that on.
import { setInterval } from 'node:timers';
import { Script } from 'node:vm';
import type { RunningCodeOptions } from 'node:vm';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const CALLS = 'gozon.workflow-calls';
/** As long as the SDK's own timeout, in looks of a second: a process that stood still as a whole is not stuck. */
const LOOKS = 5;
const LOOK_EVERY = 1_000;
/** Characters of a workflow id that a report names. */
const NAME = 64;
/** What a thread says of itself: a count that is odd during a call, and the characters of the id of its workflow. */
const SLOT = 1 + NAME;
/** A thread of a worker that was given up may live on beside that of its successor. */
const SLOTS = 8;

if (isMainThread) watchCalls();
else {
  if (process.env['WORKFLOW_WATCHDOG'] !== 'call') countCalls();
  if (process.env['WORKFLOW_STACK_TRACES'] !== 'true') await dropStackTraces();
}

/** Shared by all threads: how many have begun, and their slots. */
function watchCalls(): void {
  const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + SLOTS * SLOT)));
  setEnvironmentData(CALLS, shared);
  const slots = Array.from({ length: SLOTS }, (_, at) => ({ calls: slotOf(shared, at), seen: 0, looks: 0 }));
  setInterval(() => {
    for (const slot of slots) {
      const count = Atomics.load(slot.calls, 0);
      slot.looks = count === slot.seen && count % 2 === 1 ? slot.looks + 1 : 0;
      slot.seen = count;
      if (slot.looks < LOOKS) continue;
      const id = String.fromCharCode(...slot.calls.subarray(1).filter((code) => code !== 0));
      throw new Error(
        `the code of workflow ${id} does not end: ending the process so that it is started again`,
      );
    }
  }, LOOK_EVERY).unref();
}

function slotOf(shared: Int32Array, at: number): Int32Array {
  return shared.subarray(1 + at * SLOT, 1 + (at + 1) * SLOT);
}

function countCalls(): void {
  const shared = getEnvironmentData(CALLS);
  if (!(shared instanceof Int32Array)) return;
  const calls = slotOf(shared, Atomics.add(shared, 0, 1) % SLOTS);
  calls.fill(0);
  const prototype = Script.prototype as { runInContext: RunInContext };
  const run = prototype.runInContext;
  prototype.runInContext = function runCounted(context, options = {}) {
    if (options.timeout === undefined) return run.call(this, context, options);
    const { timeout: _, ...rest } = options;
    name(calls, context);
    Atomics.add(calls, 0, 1);
    try {
      return run.call(this, context, rest);
    } finally {
      Atomics.add(calls, 0, 1);
    }
  };
}

type RunInContext = (this: Script, context: WorkflowContext, options?: RunningCodeOptions) => unknown;

/** What the SDK sets in the context of its workflows. */
interface WorkflowContext {
  readonly __TEMPORAL_ACTIVATOR__?: { readonly info: { readonly workflowId: string } };
}

function name(calls: Int32Array, { __TEMPORAL_ACTIVATOR__: activator }: WorkflowContext): void {
  const id = activator?.info.workflowId ?? '';
  for (let at = 0; at < NAME; at++) calls[1 + at] = at < id.length ? id.charCodeAt(at) : 0;
}

async function dropStackTraces(): Promise<void> {
  const { globalHandlers } = await import('@temporalio/worker/lib/workflow/vm-shared.js');
  Object.assign(globalHandlers, { setPromiseHook: () => {} });
}

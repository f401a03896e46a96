import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import type { TypedSearchAttributes } from '@temporalio/common';
import type { TraceContext } from './trace-context.ts';

/** What came of a row: a start or a signal that Temporal has acknowledged. */
export interface Dispatched {
  readonly outcome: 'eager' | 'not_eager' | 'already_running' | 'signalled';
  /** Null unless this start made the run. */
  readonly runId: string | null;
  readonly startedEagerly: boolean | null;
}

/** The part of an outbox row that a workflow is started or signalled with. */
export interface Request extends TraceContext {
  readonly workflowId: string;
  readonly payload: object;
}

export interface DispatchOptions {
  /** Whether the first task may come with the reply to the start, to the worker on this connection; by default it may. */
  readonly eagerly?: boolean;
}

/** Does what rows of one kind ask for. Throws what the Temporal client throws. */
export type Dispatch = (
  workflows: WorkflowClient,
  request: Request,
  options?: DispatchOptions,
) => Promise<Dispatched>;

/** The registry: what the relay does with a row, by its kind. It leaves kinds alone that are not in here. */
export type Kinds = Readonly<Record<string, Dispatch>>;

/** How rows of a kind start a workflow. */
export interface StartOptions<Payload extends object> {
  readonly workflowType: string;
  readonly taskQueue: string;
  /** In ms; by default Temporal's 10 s. An eager task that is lost with its worker comes back only after this. */
  readonly workflowTaskTimeout?: number;
  /** What the Web UI calls the run. */
  readonly summary?: (payload: Payload) => string;
  readonly searchAttributes?: (payload: Payload) => TypedSearchAttributes;
}

/**
 * A kind whose rows start a workflow. Its one argument is the payload with the trace context. Already running is success, and
 * a second run after a crash must be harmless: Temporal forgets ids after the retention, and a terminated run must be
 * restartable, hence ALLOW_DUPLICATE.
 */
export function startsWorkflow<Payload extends object>(options: StartOptions<Payload>): Dispatch {
  return async (workflows, { workflowId, payload, ...trace }, { eagerly = true } = {}) => {
    try {
      const { firstExecutionRunId, eagerlyStarted } = await workflows.start(options.workflowType, {
        ...toWorkflowOptions(options, payload as Payload),
        workflowId,
        args: [withTrace(payload, trace)],
        requestEagerStart: eagerly,
      });
      return {
        outcome: eagerlyStarted ? 'eager' : 'not_eager',
        runId: firstExecutionRunId,
        startedEagerly: eagerlyStarted,
      };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return { outcome: 'already_running', runId: null, startedEagerly: null };
    }
  };
}

function toWorkflowOptions<Payload extends object>(options: StartOptions<Payload>, payload: Payload) {
  const { taskQueue, workflowTaskTimeout, summary, searchAttributes } = options;
  return {
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    taskQueue,
    ...(workflowTaskTimeout !== undefined && { workflowTaskTimeout }),
    ...(summary && { staticSummary: summary(payload) }),
    ...(searchAttributes && { typedSearchAttributes: searchAttributes(payload) }),
  };
}

/** How rows of a kind signal a workflow, which they start if it does not run. */
export interface SignalOrStartOptions<
  Start extends object,
  Payload extends object,
> extends StartOptions<Start> {
  readonly signal: string;
  /** What of the payload the workflow is started with, and what it is signalled with. */
  readonly split: (payload: Payload) => { readonly start: Start; readonly signal: object };
}

/**
 * A kind whose rows signal a workflow, and start it first if it does not run: it may have ended, or Temporal may have lost
 * it. So its work must be harmless when it is done again. Both arguments get the trace context. A signal may arrive twice.
 */
export function signalsOrStartsWorkflow<Start extends object, Payload extends object>(
  options: SignalOrStartOptions<Start, Payload>,
): Dispatch {
  return async (workflows, { workflowId, payload, ...trace }) => {
    const { start, signal } = options.split(payload as Payload);
    await workflows.signalWithStart(options.workflowType, {
      ...toWorkflowOptions(options, start),
      workflowId,
      args: [withTrace(start, trace)],
      signal: options.signal,
      signalArgs: [withTrace(signal, trace)],
    });
    return { outcome: 'signalled', runId: null, startedEagerly: null };
  };
}

/**
 * A kind whose rows signal a running workflow, with the payload and the trace context as the one argument. While there is no
 * such run the row fails and is tried again. A signal may arrive twice: the relay can die before it marks the row.
 */
export function signalsWorkflow(signal: string): Dispatch {
  return async (workflows, { workflowId, payload, ...trace }) => {
    try {
      await workflows.getHandle(workflowId).signal(signal, withTrace(payload, trace));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new Error(`there is no running workflow to signal ${signal}`, { cause: error });
    }
    return { outcome: 'signalled', runId: null, startedEagerly: null };
  };
}

/** What a workflow or a signal is given: without a tracestate that says nothing. */
function withTrace(payload: object, { traceparent, tracestate }: TraceContext): object {
  return tracestate ? { ...payload, traceparent, tracestate } : { ...payload, traceparent };
}

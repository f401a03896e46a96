import { proxySinks, workflowInfo } from '@temporalio/workflow';
import type { Sinks, WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { withTrace } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { readTraceHeader } from './trace-header.ts';

/** What a workflow tells its worker when it has ended. */
export interface TraceSinks extends Sinks {
  readonly trace: {
    /** @param caller the span that started it. @param failure why it failed, if it did */
    ended(caller: TraceContext, failure: string | undefined): void;
  };
}

/** The span of a run has an id that follows from the run's: what happens in it can name it before it is recorded, at its end. */
export function spanIdOfRun(runId: string): string {
  return runId.replaceAll('-', '').slice(16);
}

/**
 * Hands on the trace of a start or a signal that has one: what the workflow does in consequence gets it as its input. Of the
 * start, that is the span of the run. All of it follows from the history, makes no command and needs no clock, so a replay does
 * the same.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async execute(input, next) {
        const caller = readTraceHeader(input.headers);
        if (!caller) return next(input);
        const { trace } = proxySinks<TraceSinks>();
        try {
          const result = await next({ ...input, args: inTrace(input.args, ofRun(caller)) });
          trace.ended(caller, undefined);
          return result;
        } catch (error) {
          trace.ended(caller, error instanceof Error ? error.name : 'Error');
          throw error;
        }
      },
      async handleSignal(input, next) {
        const caller = readTraceHeader(input.headers);
        return next(caller ? { ...input, args: inTrace(input.args, caller) } : input);
      },
    },
  ],
});

function ofRun(caller: TraceContext): TraceContext {
  const [version, traceId, , flags] = caller.traceparent.split('-');
  return { ...caller, traceparent: [version, traceId, spanIdOfRun(workflowInfo().runId), flags].join('-') };
}

/** The one argument of our workflows and signals. */
function inTrace([first, ...rest]: unknown[], trace: TraceContext): unknown[] {
  return [withTrace(first as object, trace), ...rest];
}

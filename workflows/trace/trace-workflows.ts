import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { acceptTrace } from '#platform/tracing/accept-trace.ts';
import { withSpanId } from '#platform/tracing/span-ids.ts';
import { activeTraceContext, failAs, inSpan, startSpan } from '#platform/tracing/spans.ts';
import { withTraceHeader } from './trace-header.ts';
import { spanIdOfRun } from './trace.workflow.ts';
import type { TraceSinks } from './trace.workflow.ts';

// While spans are recorded. Temporal's own interceptors for OpenTelemetry are of an older SDK of it than ours, which they would
// bring with them into the workflows' sandbox too.

/** Names the active span in what Temporal is asked for. */
export const traceRequests: WorkflowClientInterceptor = {
  startWithDetails: async (input, next) => next(named(input)),
  signal: async (input, next) => next(named(input)),
  signalWithStart: async (input, next) => next(named(input)),
};

function named<Input extends { readonly headers: Parameters<typeof withTraceHeader>[0] }>(
  input: Input,
): Input {
  const trace = activeTraceContext();
  return trace ? { ...input, headers: withTraceHeader(input.headers, trace) } : input;
}

/** Records a run when it ends. */
export const recordWorkflows: InjectedSinks<TraceSinks> = {
  trace: {
    ended: {
      fn({ workflowType, workflowId, runId, startTime }, caller, failure) {
        // The start is by the clock of Temporal.
        const began = Math.min(startTime.getTime(), Date.now());
        const attributes = { 'temporal.workflow.id': workflowId, 'temporal.run.id': runId };
        const span = withSpanId(spanIdOfRun(runId), () =>
          startSpan({ name: `workflow ${workflowType}`, startTime: began, attributes }, caller),
        );
        if (failure !== undefined) failAs(span, failure);
        span.end();
      },
    },
  },
};

/** Does each attempt of an activity in a span, in the trace of its input. */
export const traceActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const { activityType, attempt, isLocal, workflowExecution } = info;
      const attributes = {
        'temporal.activity.attempt': attempt,
        'temporal.activity.local': isLocal,
        'temporal.workflow.id': workflowExecution?.workflowId,
      };
      return inSpan({ name: `activity ${activityType}`, attributes }, traceOfInput(input.args), async () =>
        next(input),
      );
    },
  },
});

/** Each of our activities has one argument, which holds the trace of what asked for it. */
export function traceOfInput([input]: unknown[]): TraceContext | undefined {
  return acceptTrace({ ...(input as Partial<TraceContext>) });
}

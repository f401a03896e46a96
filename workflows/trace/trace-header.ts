import { defaultPayloadConverter } from '@temporalio/common';
import type { Headers } from '@temporalio/common';
import type { TraceContext } from '#contracts/values/trace-context.ts';

/** As in Temporal's own interceptors for OpenTelemetry, in every language. */
const HEADER = '_tracer-data';

/** Headers of a start or a signal, with the span that asks for it. */
export function withTraceHeader(headers: Headers, trace: TraceContext): Headers {
  return { ...headers, [HEADER]: defaultPayloadConverter.toPayload(trace) };
}

/** The span that asked for a start or a signal; undefined when it was not recorded. */
export function readTraceHeader({ [HEADER]: payload }: Headers): TraceContext | undefined {
  return payload && defaultPayloadConverter.fromPayload<TraceContext>(payload);
}

/**
 * Where work belongs in a distributed trace: the values of the two headers of W3C Trace Context (w3.org/TR/trace-context),
 * in every form in which work is handed on: requests, outbox rows, workflows, events.
 */
export interface TraceContext {
  readonly traceparent: string;
  /** What the vendors on the way say of the trace. Without it there is nothing to say. */
  readonly tracestate?: string | null | undefined;
}

/** The trace context of something that has more than that, without a tracestate that says nothing. */
export function traceOf({ traceparent, tracestate }: TraceContext): {
  readonly traceparent: string;
  readonly tracestate?: string;
} {
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** Something with another trace context than its own. */
export function withTrace<Some extends object>(some: Some, trace: TraceContext): Some & TraceContext {
  return { ...some, tracestate: undefined, ...traceOf(trace) };
}

/** As one text, which `enqueue_workflow()` takes apart again: a tracestate follows after a space, which no traceparent has. */
export function toTraceText({ traceparent, tracestate }: TraceContext): string {
  return tracestate ? `${traceparent} ${tracestate}` : traceparent;
}

export function fromTraceText(text: string): TraceContext {
  const [traceparent = '', ...rest] = text.split(' ');
  return rest.length > 0 ? { traceparent, tracestate: rest.join(' ') } : { traceparent };
}

/** Whether somebody records the trace: the first bit of its flags. */
export function isSampled({ traceparent }: TraceContext): boolean {
  return Number.parseInt(traceparent.slice(53, 55), 16) % 2 === 1;
}

/** The 32 hex digits that all of a trace share. */
export function traceIdOf({ traceparent }: TraceContext): string {
  return traceparent.slice(3, 35);
}

/** The 16 hex digits of the span by which a trace context was handed on. */
export function spanIdOf({ traceparent }: TraceContext): string {
  return traceparent.slice(36, 52);
}

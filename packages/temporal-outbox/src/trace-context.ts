/** Where work belongs in a distributed trace: the two headers of W3C Trace Context (w3.org/TR/trace-context). */
export interface TraceContext {
  readonly traceparent: string;
  /** What the vendors on the way say of the trace. Without it there is nothing to say. */
  readonly tracestate?: string | null | undefined;
}

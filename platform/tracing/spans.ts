import {
  context,
  createTraceState,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace as traces,
} from '@opentelemetry/api';
import type { Context, Span, SpanContext, SpanOptions } from '@opentelemetry/api';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { describeError } from '../process/describe-error.ts';

export { SpanKind } from '@opentelemetry/api';
export type { Span } from '@opentelemetry/api';

/** Until a provider is registered, which start-tracing.ts does, it makes spans that do nothing. */
const tracer = traces.getTracer('gozon');

let isOn = false;

/** Whether spans are recorded in this process. What costs anything is done only then. */
export function isTracing(): boolean {
  return isOn;
}

export function switchOn(): void {
  isOn = true;
}

export interface NewSpan extends SpanOptions {
  readonly name: string;
}

/** A span of a caller outside of this process, or the first span of a trace. The code that starts it ends it. */
export function startSpan({ name, ...options }: NewSpan, parent: TraceContext | undefined): Span {
  return tracer.startSpan(name, options, contextOf(parent));
}

/** Does work in a span of another process's trace, and ends the span with it. */
export async function inSpan<Result>(
  span: NewSpan,
  parent: TraceContext | undefined,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  return endingWith(startSpan(span, parent), work);
}

/**
 * Does work in a span below the one that is active and recorded. Without such a span there is none: what runs regularly in the
 * background would fill a collector with traces of its own.
 */
export async function inChildSpan<Result>(
  describe: () => NewSpan,
  work: (span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  if (!traces.getActiveSpan()?.isRecording()) return work(undefined);
  const { name, ...options } = describe();
  return endingWith(tracer.startSpan(name, options), work);
}

async function endingWith<Result>(span: Span, work: (span: Span) => Promise<Result>): Promise<Result> {
  try {
    return await within(span, async () => work(span));
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    end(span);
  }
}

/** Does work of a span without ending it. */
export function within<Result>(span: Span, work: () => Result): Result {
  return context.with(traces.setSpan(context.active(), span), work);
}

/** Marks a span as failed. */
export function fail(span: Span, error: unknown): void {
  const { code, name } = error as { readonly code?: string | number; readonly name?: string };
  failAs(span, String(code ?? name ?? '_OTHER'), describeError(error));
}

/** @param type by convention a code by which errors are told apart */
export function failAs(span: Span, type: string, message?: string): void {
  if (!span.isRecording()) return;
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}

/** Ends a span that may have ended before, as that of a reply which became a stream. */
export function end(span: Span): void {
  if (span.isRecording()) span.end();
}

/** By which a span is the parent of what comes after it, in another process or later. */
export function traceContextOf(span: Span): TraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const traceparent = `00-${traceId}-${spanId}-0${traceFlags}`;
  const tracestate = traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** That of the span that is active, unless nothing is recorded. */
export function activeTraceContext(): TraceContext | undefined {
  const span = traces.getActiveSpan();
  return span && traceContextOf(span);
}

function contextOf(parent: TraceContext | undefined): Context {
  return parent ? traces.setSpanContext(ROOT_CONTEXT, spanContextOf(parent)) : ROOT_CONTEXT;
}

/** A span of another process, or one that has ended. */
export function spanContextOf({ traceparent, tracestate }: TraceContext): SpanContext {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(tracestate && { traceState: createTraceState(tracestate) }),
  };
}

import { spanIdOf, traceIdOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '../process/logger.ts';
import { isTracing } from './spans.ts';

/** The log of work that belongs to a trace: each line names it. While spans are recorded, every log does that by itself. */
export function logOf(log: Logger, trace: TraceContext | undefined): Logger {
  return isTracing() || !trace ? log : log.child(traceIds(trace));
}

/** By the names that OpenTelemetry gives them in logs that are not its own. */
export function traceIds(trace: TraceContext | undefined): object {
  return trace ? { trace_id: traceIdOf(trace), span_id: spanIdOf(trace) } : {};
}

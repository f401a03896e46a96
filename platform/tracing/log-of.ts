import { spanIdOf, traceIdOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '../process/logger.ts';

/** The log of work that belongs to a trace: each line names it. */
export function logOf(log: Logger, trace: TraceContext): Logger {
  return log.child({ trace_id: traceIdOf(trace), span_id: spanIdOf(trace) });
}

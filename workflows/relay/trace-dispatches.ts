import type { RelayOptions } from '@gozon/temporal-outbox';
import type { Logger } from '#platform/process/logger.ts';
import { acceptTrace } from '#platform/tracing/accept-trace.ts';
import { logOf } from '#platform/tracing/log-of.ts';
import { fail, inSpan, isTracing, SpanKind } from '#platform/tracing/spans.ts';

/**
 * Does each dispatch with a log of the row's trace, and while spans are recorded in a span of it, which asks for work that is done
 * elsewhere.
 */
export function traceDispatches(log: Logger): NonNullable<RelayOptions['around']> {
  return async (row, dispatch) => {
    const trace = acceptTrace(row);
    const itsLog = logOf(log, trace);
    if (!isTracing()) return dispatch(itsLog);
    const { kind, workflowId, attempts, waited } = row;
    const attributes = {
      'temporal.workflow.id': workflowId,
      'gozon.outbox.attempts': attempts,
      'gozon.outbox.waited_ms': Math.round(waited),
    };
    return inSpan({ name: `dispatch ${kind}`, kind: SpanKind.PRODUCER, attributes }, trace, async (span) => {
      const result = await dispatch(itsLog);
      if ('error' in result) fail(span, result.error);
      return result;
    });
  };
}

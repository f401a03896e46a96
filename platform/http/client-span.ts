import { traceOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { failAs, inChildSpan, SpanKind, traceContextOf } from '../tracing/spans.ts';
import type { NewSpan, Span } from '../tracing/spans.ts';

export interface OutgoingRequest {
  readonly method: string;
  /** As the contract has it, with the names of its parameters. */
  readonly template: string | undefined;
  readonly url: URL;
}

/**
 * Sends a request in a span of its own, if its cause has one.
 * @param send gets the headers of the trace context that the request is to have: of that span, or `trace`
 */
export async function inClientSpan<Result>(
  describe: () => OutgoingRequest,
  trace: TraceContext,
  send: (headers: ReturnType<typeof traceOf>, span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  return inChildSpan(
    () => toSpan(describe()),
    async (span) => send(traceOf(span ? traceContextOf(span) : trace), span),
  );
}

function toSpan({ method, template, url }: OutgoingRequest): NewSpan {
  return {
    name: template === undefined ? method : `${method} ${template}`,
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'url.full': url.href,
      'server.address': url.hostname,
      'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
      ...(template !== undefined && { 'url.template': template }),
    },
  };
}

/** Notes the status of the reply. To a client one from 400 on is an error. */
export function noteStatus(span: Span | undefined, status: number): void {
  span?.setAttribute('http.response.status_code', status);
  if (span && status >= 400) failAs(span, String(status));
}

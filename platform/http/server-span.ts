import type { TraceContext } from '#contracts/values/trace-context.ts';
import { failAs, isTracing, SpanKind, startSpan } from '../tracing/spans.ts';
import type { Span } from '../tracing/spans.ts';
import type { Context } from './request-context.ts';

const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);

/** By OpenTelemetry's conventions for HTTP: opentelemetry.io/docs/specs/semconv/http/http-spans. */
export function methodOf({ method }: { readonly method: string }): string {
  return METHODS.has(method) ? method : '_OTHER';
}

/** The span of a request that came in, below that of its caller; undefined while none are recorded. */
export function startServerSpan(ctx: Context, caller: TraceContext | undefined): Span | undefined {
  if (!isTracing()) return undefined;
  const attributes = {
    'http.request.method': methodOf(ctx),
    'url.path': ctx.path,
    'url.scheme': ctx.protocol,
  };
  return startSpan({ name: methodOf(ctx), kind: SpanKind.SERVER, attributes }, caller);
}

/**
 * Ends the span of a request. Of a reply that is a stream it ends with its beginning: the stream itself may take days.
 * @param status of the reply, if it has not been written yet
 */
export function endServerSpan(ctx: Context, status = ctx.res.statusCode): void {
  const { span } = ctx.state;
  if (!span?.isRecording()) return;
  const route = routeOf(ctx);
  if (route !== undefined) span.updateName(`${methodOf(ctx)} ${route}`).setAttribute('http.route', route);
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) failAs(span, String(status));
  span.end();
}

/** The route that the router has found, if it has. */
export function routeOf(ctx: Context): string | undefined {
  return (ctx as { _matchedRoute?: string })._matchedRoute;
}

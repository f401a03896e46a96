import type { Middleware, ParameterizedContext } from 'koa';
import { newId } from '#contracts/values/ids.ts';
import type { Role } from '#contracts/values/roles.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '../process/logger.ts';
import { httpDuration } from '../process/metrics.ts';
import { acceptTrace, newTrace } from '../tracing/accept-trace.ts';
import { logOf } from '../tracing/log-of.ts';
import { traceContextOf, within } from '../tracing/spans.ts';
import type { Span } from '../tracing/spans.ts';
import { endServerSpan, routeOf, startServerSpan } from './server-span.ts';

/** What {@link requestContext} puts on `ctx.state`. */
export interface RequestState {
  requestId: string;
  /** What follows from the request belongs below this. */
  trace: TraceContext;
  /** While spans are recorded. */
  span: Span | undefined;
  log: Logger;
  /** Set by the middleware that identifies the user. */
  userId?: string;
  /** What the caller may do beside that, set with it. */
  roles?: ReadonlySet<Role>;
}

export type Context = ParameterizedContext<RequestState>;
export type Handler = Middleware<RequestState>;

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Gives a request its ids and its log, and when its connection closes logs and measures it. */
export function requestContext(log: Logger): Handler {
  return async (ctx, next) => {
    const offered = ctx.get('X-Request-Id');
    const requestId = REQUEST_ID.test(offered) ? offered : newId();
    const caller = acceptTrace({ traceparent: ctx.get('traceparent'), tracestate: ctx.get('tracestate') });
    const span = isProbe(ctx.path) ? undefined : startServerSpan(ctx, caller);
    const trace = span ? traceContextOf(span) : (caller ?? newTrace());
    ctx.state.span = span;
    ctx.state.requestId = requestId;
    ctx.state.trace = trace;
    ctx.state.log = logOf(log, trace).child({ requestId });
    ctx.set('X-Request-Id', requestId);
    ctx.set('traceparent', trace.traceparent);
    const started = performance.now();
    const inSpan = <Result>(work: () => Result) => (span ? within(span, work) : work());
    const onClosed = () => {
      const ms = performance.now() - started;
      const route = routeOf(ctx) ?? 'none';
      httpDuration.observe({ method: ctx.method, route, status: ctx.res.statusCode }, ms / 1000);
      const line = { method: ctx.method, path: ctx.path, status: ctx.res.statusCode, ms: Math.round(ms) };
      if (ctx.res.statusCode >= 500) ctx.state.log.warn(line, 'request');
      else ctx.state.log.info(line, 'request');
      endServerSpan(ctx);
    };
    if (!isProbe(ctx.path)) ctx.res.once('close', () => inSpan(onClosed));
    await inSpan(next);
  };
}

function isProbe(path: string): boolean {
  return path.startsWith('/health/') || path === '/metrics';
}

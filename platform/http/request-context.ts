import type { Middleware, ParameterizedContext } from 'koa';
import { newId } from '#contracts/values/ids.ts';
import type { Role } from '#contracts/values/roles.ts';
import type { Logger } from '../process/logger.ts';
import { httpDuration } from '../process/metrics.ts';
import { acceptTraceparent, traceId } from '../process/trace-context.ts';

/** What {@link requestContext} puts on `ctx.state`. */
export interface RequestState {
  requestId: string;
  traceparent: string;
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
    const traceparent = acceptTraceparent(ctx.get('traceparent') || undefined);
    ctx.state.requestId = requestId;
    ctx.state.traceparent = traceparent;
    ctx.state.log = log.child({ requestId, traceId: traceId(traceparent) });
    ctx.set('X-Request-Id', requestId);
    ctx.set('traceparent', traceparent);
    const started = performance.now();
    ctx.res.once('close', () => {
      if (isProbe(ctx.path)) return;
      const ms = performance.now() - started;
      const route = (ctx as { _matchedRoute?: string })._matchedRoute ?? 'none';
      httpDuration.observe({ method: ctx.method, route, status: ctx.res.statusCode }, ms / 1000);
      const line = { method: ctx.method, path: ctx.path, status: ctx.res.statusCode, ms: Math.round(ms) };
      if (ctx.res.statusCode >= 500) ctx.state.log.warn(line, 'request');
      else ctx.state.log.info(line, 'request');
    });
    await next();
  };
}

function isProbe(path: string): boolean {
  return path.startsWith('/health/') || path === '/metrics';
}

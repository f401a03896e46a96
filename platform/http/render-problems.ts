import { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { isOutage } from '../process/classify-error.ts';
import type { Context, Handler } from './request-context.ts';

/** Renders every error as application/problem+json. Only an unforeseen error is logged with its stack. */
export const renderProblems: Handler = async (ctx, next) => {
  try {
    requireHost(ctx);
    await next();
    refuseUnrouted(ctx);
  } catch (error) {
    if (ctx.res.headersSent || !ctx.writable) return;
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const cause = problem.cause ?? problem;
      const logged = problem.code === 'internal_error' ? { fault: cause } : { err: cause };
      ctx.state.log.error(logged, problem.message);
    }
    ctx.status = problem.status;
    ctx.set(problem.headers);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = toJson(problem.toBody(ctx.state.requestId));
    ctx.type = 'application/problem+json';
  }
};

/** RFC 9112, section 3.2. */
function requireHost({ req }: Context): void {
  if (req.headers.host === undefined && req.httpVersion === '1.1') {
    throw problems.malformedRequest('HTTP/1.1 requires a Host header.');
  }
}

/** A path that no route has, or a method that its route does not support: the router leaves the reply empty. */
function refuseUnrouted(ctx: Context): void {
  if (ctx.res.headersSent || !ctx.writable || (ctx.body !== undefined && ctx.body !== null)) return;
  if (ctx.status === 404) throw problems.notFound(ctx.path);
  if (ctx.status === 405 || ctx.status === 501) {
    const allow = ctx.response.get('Allow');
    // Without an Allow header no route has this path: the router answers 501 to any method that it does not know.
    if (allow === '') {
      ctx.remove('Allow');
      throw problems.notFound(ctx.path);
    }
    throw problems.methodNotAllowed(ctx.path, allow, ctx.method);
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return isOutage(error) ? problems.dependencyUnavailable(error) : problems.internalError(error);
}

import { problems } from '#contracts/http/problems.ts';
import { callerOf, rolesOf } from '#platform/http/identity.ts';
import type { Handler } from '#platform/http/request-context.ts';

/** The headers that a client may send to a service. All others end here, also hop-by-hop headers and `Expect`. */
const ALLOWED = [
  'accept',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'idempotency-key',
  'if-none-match',
  'last-event-id',
] as const;

/** Those of them that have one value. */
const ONCE = ['content-type', 'content-encoding', 'idempotency-key', 'last-event-id'] as const;

/**
 * Builds the headers that a service gets, before the proxy runs, which adds those of the trace. The proxy's own `proxyReq` event would not do: it is
 * skipped for `Expect: 100-continue`, and a client's own X-User-Id would pass.
 * @throws Problem 400 when a header with one value is sent twice
 */
export function upstreamHeaders(serviceSecret: string): Handler {
  return async (ctx, next) => {
    const given = ctx.req.headers;
    // Node would join the values, or take the first. The client means one of them, and we cannot know which.
    const twice = ONCE.filter((name) => (ctx.req.headersDistinct[name]?.length ?? 0) > 1);
    if (twice.length > 0) {
      throw problems.invalidParameter(twice.map((field) => ({ field, message: 'may be sent only once' })));
    }
    ctx.req.headers = {
      ...Object.fromEntries(
        ALLOWED.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
      ),
      'x-user-id': callerOf(ctx),
      'x-user-roles': [...rolesOf(ctx)].join(','),
      'x-request-id': ctx.state.requestId,
      'x-service-secret': serviceSecret,
    };
    await next();
  };
}

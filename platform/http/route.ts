import { Readable } from 'node:stream';
import type { Idempotency } from '@gozon/postgres-idempotency';
import type Router from '@koa/router';
import { z } from 'zod';
import { problems } from '#contracts/http/problems.ts';
import type {
  BodyOf,
  HeadersOf,
  ParamsOf,
  QueryOf,
  ReplyOf,
  RouteContract,
} from '#contracts/http/route-contract.ts';
import type { Role } from '#contracts/values/roles.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '../process/logger.ts';
import { idempotencyOf } from './idempotency-key.ts';
import { callerOf, requireSelf, rolesOf } from './identity.ts';
import type { Context, RequestState } from './request-context.ts';
import { hasBody, readBody, validate } from './request-input.ts';
import { routerPath } from './router-path.ts';
import { sendJson } from './send-json.ts';
import { endServerSpan } from './server-span.ts';

/** A request that fits its contract, from a caller who may make it. */
export interface RouteRequest<Contract extends RouteContract> {
  readonly params: ParamsOf<Contract>;
  readonly query: QueryOf<Contract>;
  readonly headers: HeadersOf<Contract>;
  readonly body: BodyOf<Contract>;
  /** The user of the request. A userId in path, query or body is theirs, unless the route is an operator's. */
  readonly caller: string;
  readonly roles: ReadonlySet<Role>;
  /** Of a POST with an Idempotency-Key. */
  readonly idempotency: Idempotency | undefined;
  readonly trace: TraceContext;
  readonly requestId: string;
  /** Adds the request's ids to each line. */
  readonly log: Logger;
}

export interface RouteReply<Contract extends RouteContract> {
  /** As the contract has it, or a stream of that. */
  readonly body: ReplyOf<Contract> | Readable;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether this is the reply to an earlier request with the same key. */
  readonly replayed?: boolean;
}

/**
 * Binds code to a route's contract. The request is checked against the contract, and refused when it names another user,
 * before the code is called; then the reply is sent. With an ETag, a matching If-None-Match is answered with 304.
 */
export function bindRoute<Contract extends RouteContract>(
  router: Router<RequestState>,
  contract: Contract,
  handle: (request: RouteRequest<Contract>) => Promise<RouteReply<Contract>>,
): void {
  router[contract.method](routerPath(contract.path), async (ctx) => {
    const { body, headers, replayed } = await handle(await readRequest(ctx, contract));
    ctx.set(headers ?? {});
    if (replayed) ctx.set('Idempotent-Replayed', 'true');
    if (body instanceof Readable) {
      sendStream(ctx, contract, body);
      return;
    }
    sendJson(ctx, contract.reply.status, body);
    // Data of one user that is soon out of date: a browser may store it, and must revalidate it each time.
    ctx.set('Cache-Control', 'private, no-cache');
    if (headers?.['ETag'] !== undefined && ctx.fresh) {
      ctx.status = 304;
      ctx.body = null;
    }
  });
}

function sendStream(ctx: Context, { reply }: RouteContract, body: Readable): void {
  ctx.status = reply.status;
  endServerSpan(ctx);
  ctx.type = reply.contentType ?? 'application/octet-stream';
  ctx.set('Cache-Control', 'no-store');
  // nginx would keep the headers and the first events until 4 or 8 KiB have arrived.
  ctx.set('X-Accel-Buffering', 'no');
  ctx.body = body;
}

async function readRequest<Contract extends RouteContract>(
  ctx: Context & { params: Record<string, string> },
  contract: Contract,
): Promise<RouteRequest<Contract>> {
  const nothing = z.object({});
  const params = validate(contract.params ?? nothing, ctx.params, problems.invalidParameter);
  const query = validate(contract.query ?? z.strictObject({}), { ...ctx.query }, problems.invalidParameter);
  const headers = validate(contract.headers ?? nothing, ctx.req.headers, problems.invalidParameter);
  // An operator asks about any user.
  const isOwn = contract.operator !== true;
  if (isOwn) requireSelf(ctx, params, query);
  const body = contract.body ? await readBodyOrNone(ctx, contract.body) : {};
  if (isOwn) requireSelf(ctx, body);
  const idempotency =
    contract.method === 'post' ? idempotencyOf(ctx, [contract.id, params, body]) : undefined;
  const { trace, requestId, log } = ctx.state;
  return {
    params,
    query,
    headers,
    body,
    caller: callerOf(ctx),
    roles: rolesOf(ctx),
    idempotency,
    trace,
    requestId,
    log,
  } as RouteRequest<Contract>;
}

async function readBodyOrNone(ctx: Context, schema: z.ZodObject): Promise<object> {
  if (!hasBody(ctx) && schema.safeParse({}).success) return schema.parse({});
  return readBody(ctx, schema);
}

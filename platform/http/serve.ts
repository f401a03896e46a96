import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Router from '@koa/router';
import Koa from 'koa';
import type { Middleware, ParameterizedContext } from 'koa';
import { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { KEEP_ALIVE, RECEIVE, SHUTDOWN } from '#contracts/values/deadlines.ts';
import { newId } from '#contracts/values/ids.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { isDatabaseOutage } from '../postgres/database.ts';
import type { Health } from '../process/health.ts';
import type { Logger } from '../process/logger.ts';
import { httpDuration, renderMetrics } from '../process/metrics.ts';
import { acceptTraceparent, traceId } from '../process/trace-context.ts';
import { drain } from './drain.ts';
import { refuseMalformed } from './refuse-malformed.ts';

/** What the request context middleware puts on `ctx.state`. */
export interface RequestState {
  requestId: string;
  traceparent: string;
  log: Logger;
  /** Set by whichever middleware establishes who is asking. */
  userId?: string;
  /** Whether the caller may see and steer the whole system. */
  operator?: boolean;
}

export type Context = ParameterizedContext<RequestState>;
export type Handler = Middleware<RequestState>;

export interface AppOptions {
  readonly log: Logger;
  readonly health: Health;
}

/** A Koa app with what every process answers alike: request ids, problems, health and metrics. */
export function createApp({ log, health }: AppOptions): Koa<RequestState> {
  const app = new Koa<RequestState>();
  app.silent = true;
  app.on('error', (error: NodeJS.ErrnoException) => {
    // A client that goes away before the end is nothing to look at.
    if (CLIENT_GONE.has(error.code ?? '')) return;
    log.warn({ err: error }, 'a reply could not be sent');
  });
  app.use(requestContext(log));
  app.use(renderProblems);
  app.use(healthAndMetrics(health));
  return app;
}

const CLIENT_GONE = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET']);

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function requestContext(log: Logger): Handler {
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

/** Renders whatever is thrown as application/problem+json. Only what nobody foresaw is logged with its stack. */
const renderProblems: Handler = async (ctx, next) => {
  try {
    requireHost(ctx);
    await next();
    refuseUnrouted(ctx);
  } catch (error) {
    if (ctx.res.headersSent || !ctx.writable) return;
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const cause = problem.cause ?? problem;
      const told = problem.code === 'internal_error' ? { fault: cause } : { err: cause };
      ctx.state.log.error(told, problem.message);
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

/** Gives a body to what the router leaves without one: no such path, or not with this method. */
function refuseUnrouted(ctx: Context): void {
  if (ctx.res.headersSent || !ctx.writable || (ctx.body !== undefined && ctx.body !== null)) return;
  if (ctx.status === 404) throw problems.notFound(ctx.path);
  if (ctx.status === 405 || ctx.status === 501) {
    const allow = ctx.response.get('Allow');
    // The router says that it does not know a method, whether there is something at the path or not.
    if (allow === '') {
      ctx.remove('Allow');
      throw problems.notFound(ctx.path);
    }
    throw problems.methodNotAllowed(ctx.path, allow, ctx.method);
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return isDatabaseOutage(error) ? problems.databaseUnavailable(error) : problems.internalError(error);
}

function healthAndMetrics(health: Health): Handler {
  return async (ctx, next) => {
    if (ctx.path === '/health/live') {
      sendJson(ctx, 200, { status: 'live' });
    } else if (ctx.path === '/health/ready') {
      const { ready, roles } = await health.report();
      sendJson(ctx, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', roles });
    } else if (ctx.path === '/health/serving') {
      const { serving, roles } = await health.report();
      sendJson(ctx, serving ? 200 : 503, { status: serving ? 'serving' : 'not serving', roles });
    } else if (ctx.path === '/metrics') {
      const { contentType, body } = await renderMetrics();
      ctx.set('Content-Type', contentType);
      ctx.body = body;
    } else {
      await next();
    }
  };
}

/** Replies with JSON; bigint becomes a JSON integer. */
export function sendJson(ctx: Context, status: number, body: unknown): void {
  ctx.status = status;
  ctx.body = toJson(body);
  ctx.type = 'application/json';
}

/** Lets only callers with the service secret in: services are not meant to be reached but through the gateway. */
export function requireServiceSecret(secret: string): Handler {
  const expected = Buffer.from(secret);
  return async (ctx, next) => {
    const given = Buffer.from(ctx.get('X-Service-Secret'));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw problems.missingIdentity('This service accepts requests only from the gateway.');
    }
    await next();
  };
}

/** Refuses each request until the schema is there: it would meet tables and functions that are not. */
function onceMigrated(migrated: Promise<unknown>): Handler {
  let done = false;
  void (async () => {
    await migrated;
    done = true;
  })();
  return async (_ctx, next) => {
    if (!done) {
      throw problems.unavailable('The service is starting: its schema is not there yet. Nothing was done.');
    }
    await next();
  };
}

export interface RoutesOptions extends AppOptions {
  readonly config: ListenSettings & { SERVICE_SECRET: string };
  readonly signal?: AbortSignal;
  /** Resolves when the schema is there, for a service that has one. */
  readonly migrated?: Promise<unknown>;
}

/** Serves a service's routes, to the gateway only; health and metrics to everyone who can reach the port. */
export async function serveRoutes(
  routers: readonly Router<RequestState>[],
  options: RoutesOptions,
): Promise<Listening> {
  const { config, log, signal, migrated } = options;
  const app = createApp(options);
  app.use(requireServiceSecret(config.SERVICE_SECRET));
  if (migrated) app.use(onceMigrated(migrated));
  for (const router of routers) {
    app.use(router.routes());
    app.use(router.allowedMethods());
  }
  return serve(app, { ...listenOptions(config), log, ...(signal && { signal }) });
}

/** What the settings of a process say of how it serves. */
type ListenSettings = Readonly<{ HOST: string; PORT: number; DRAIN_SECONDS?: number }>;

export function listenOptions({
  HOST,
  PORT,
  DRAIN_SECONDS = 0,
}: ListenSettings): Pick<ServeOptions, 'host' | 'port' | 'drain'> {
  return { host: HOST, port: PORT, drain: DRAIN_SECONDS * 1_000 };
}

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** Aborts when the process is told to stop. */
  readonly signal?: AbortSignal;
  /** How long requests are still taken after that, in ms. */
  readonly drain?: number;
  readonly deadlines?: { readonly headers: number; readonly request: number };
}

export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/**
 * Listens, and on disposal stops accepting and lets requests under way finish, within SHUTDOWN.requests. From the
 * signal on each reply is the last on its connection, so that nobody uses one when all are closed.
 */
export async function serve(app: Koa<RequestState>, options: ServeOptions): Promise<Listening> {
  const { headers, request } = options.deadlines ?? RECEIVE;
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE.service,
      headersTimeout: headers,
      requestTimeout: request,
      // By default Node looks every 30 s only, so that a deadline of 10 s could be one of 40.
      connectionsCheckingInterval: Math.min(1_000, headers),
      maxHeaderSize: 16_384,
      // Refused by the app, which does it with a problem.
      requireHostHeader: false,
    },
    app.callback(),
  );
  const drained = drain(server, options.signal, options.drain);
  server.on('clientError', refuseMalformed({ log: options.log, deadlines: { headers, request } }));
  // An expectation that we do not know may be passed over (RFC 9110, section 10.1.1).
  server.on('checkExpectation', app.callback());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host}:${port}`;
  options.log.info({ url }, 'listening');
  return {
    url,
    async [Symbol.asyncDispose]() {
      await drained();
      const closed = new Promise((resolve) => server.close(resolve));
      // Again and again: a reply that began before the signal leaves its connection open when it ends.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const deadline = setTimeout(() => server.closeAllConnections(), SHUTDOWN.requests);
      await closed;
      clearInterval(idle);
      clearTimeout(deadline);
    },
  };
}

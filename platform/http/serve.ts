import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Router from '@koa/router';
import Koa from 'koa';
import { problems } from '#contracts/http/problems.ts';
import { KEEP_ALIVE, RECEIVE, SHUTDOWN, STALLED } from '#contracts/values/deadlines.ts';
import { REQUEST_BOUNDS } from '#contracts/values/request-bounds.ts';
import { connectionCapacity } from '../process/capacity.ts';
import type { Health } from '../process/health.ts';
import type { Logger } from '../process/logger.ts';
import { drain } from './drain.ts';
import { healthRoutes } from './health-routes.ts';
import { limitConnections } from './limits/limit-connections.ts';
import { oneAtATime } from './limits/one-at-a-time.ts';
import { refuseMalformed } from './refuse-malformed.ts';
import { renderProblems } from './render-problems.ts';
import { requestContext } from './request-context.ts';
import type { Handler, RequestState } from './request-context.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly health: Health;
}

/** A Koa app with what all processes share: request ids, problems, health and metrics. */
export function createApp({ log, health }: AppOptions): Koa<RequestState> {
  const app = new Koa<RequestState>();
  app.silent = true;
  app.on('error', (error: NodeJS.ErrnoException) => {
    // A client that disconnects before the end of its reply is normal.
    if (CLIENT_GONE.has(error.code ?? '')) return;
    log.warn({ err: error }, 'a reply could not be sent');
  });
  app.use(requestContext(log));
  app.use(renderProblems);
  app.use(healthRoutes(health));
  return app;
}

const CLIENT_GONE = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET']);

/**
 * Refuses callers without the service secret: services are meant to be reached through the gateway only. A caller with
 * another one is a process of ours whose settings are wrong, for which its client must not be blamed.
 */
function requireServiceSecret(secret: string): Handler {
  const expected = Buffer.from(secret);
  return async (ctx, next) => {
    const given = Buffer.from(ctx.get('X-Service-Secret'));
    if (given.length === 0)
      throw problems.missingIdentity('This service accepts requests only from the gateway.');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw problems.serviceSecretRefused(new Error(ANOTHER_SECRET));
    }
    await next();
  };
}

const ANOTHER_SECRET = 'the caller has another SERVICE_SECRET: all processes must be started with the same';

/** Refuses each request until the schema is migrated: it would use tables and functions that do not exist yet. */
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
  /** Resolves when the schema is migrated, for a service that has one. */
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
  /** How long requests are still accepted after that, in ms. */
  readonly drain?: number;
  /** How many connections may be open. */
  readonly connections?: number;
  /** How long an idle connection is kept, in ms. */
  readonly keepAlive?: number;
  /** For receiving a request, in ms; other than the usual in tests. */
  readonly deadlines?: { readonly headers: number; readonly request: number };
  /** How long nothing may be sent or read in the middle of a request or a reply, in ms; other than the usual in tests. */
  readonly stalled?: number;
}

export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/**
 * Listens until disposed; then stops accepting and lets requests under way finish, within {@link SHUTDOWN}.requests.
 * After the stop signal every reply closes its connection, so that no client reuses one that is about to go away.
 */
export async function serve(app: Koa<RequestState>, options: ServeOptions): Promise<Listening> {
  const { headers, request } = options.deadlines ?? RECEIVE;
  const handle = oneAtATime(app.callback());
  const server = createServer(
    {
      keepAliveTimeout: options.keepAlive ?? KEEP_ALIVE.service,
      headersTimeout: headers,
      requestTimeout: request,
      // By default Node checks every 30 s only, which would make a deadline of 10 s one of up to 40 s.
      connectionsCheckingInterval: Math.min(1_000, headers),
      maxHeaderSize: REQUEST_BOUNDS.headers,
      // The app refuses such a request, with a problem.
      requireHostHeader: false,
    },
    handle,
  );
  server.timeout = options.stalled ?? STALLED;
  const { connections: most = connectionCapacity(), log } = options;
  limitConnections(server, { most, log });
  const drained = drain(server, options.signal, options.drain);
  server.on('clientError', refuseMalformed({ log, deadlines: { headers, request } }));
  // A server may ignore an expectation that it does not know (RFC 9110, section 10.1.1).
  server.on('checkExpectation', handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host}:${port}`;
  log.info({ url }, 'listening');
  return {
    url,
    async [Symbol.asyncDispose]() {
      await drained();
      const closed = new Promise((resolve) => server.close(resolve));
      // Repeatedly: a reply that began before the signal leaves its connection open when it ends.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const deadline = setTimeout(() => server.closeAllConnections(), SHUTDOWN.requests);
      await closed;
      clearInterval(idle);
      clearTimeout(deadline);
    },
  };
}

import { Agent } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Middleware } from 'koa';
import proxies from 'koa-proxies';
import type { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { KEEP_ALIVE, UPSTREAM_TIMEOUT } from '#contracts/values/deadlines.ts';
import { hasBody, readBytes } from '#platform/http/request-input.ts';
import type { Context, Handler } from '#platform/http/serve.ts';

// The one file that knows koa-proxies, which is no longer developed.

/** Without, 2,000 requests/s at 21 ms p99; with, 6,000 at 7 ms: `npm run bench`. */
const keptConnections = new Agent({ keepAlive: true, timeout: KEEP_ALIVE.gateway });

/**
 * Requests to one service at a time, open streams among them. Those beyond are refused at once: in the agent's own queue
 * for sockets they would wait without a deadline.
 */
const MOST_AT_ONCE = 4_096;

/**
 * Passes what begins with `path` on to a service, as it came, once it is there whole. A request is never sent twice.
 * @param timeout how long the service may be silent, in ms
 */
export function proxyTo(
  path: string,
  target: string,
  timeout = UPSTREAM_TIMEOUT,
  agent = keptConnections,
): Handler {
  let underWay = 0;
  const failures = new WeakMap<IncomingMessage, Error>();
  const bodies = new WeakMap<IncomingMessage, Readable>();
  const options = {
    target,
    agent,
    changeOrigin: true,
    proxyTimeout: timeout,
    events: {
      error: (error: Error, request: IncomingMessage) => {
        failures.set(request, error);
      },
      proxyReq: (upstream: ClientRequest, _request: IncomingMessage, toClient: ServerResponse) => {
        endWithClient(upstream, toClient);
        sayWhenLate(upstream);
        limitConnecting(upstream, timeout);
      },
      proxyRes: (reply: IncomingMessage, _request: IncomingMessage, toClient: ServerResponse) => {
        keepOwnConnection(reply, toClient);
        breakOffWithService(reply, toClient);
        if (isStream(reply)) breakOffWhenSilent(reply, toClient, timeout);
      },
    },
  };
  const pass = proxies(path, (_params, { req }) => ({
    ...options,
    buffer: bodies.get(req),
  })) as unknown as Middleware;
  return async (ctx, next) => {
    if (hasBody(ctx)) bodies.set(ctx.req, await holdBody(ctx));
    if (underWay >= MOST_AT_ONCE) {
      throw problems.unavailable(
        'Too many requests are in progress. Nothing was done: repeat it in a moment.',
      );
    }
    underWay += 1;
    await pass(ctx, next).finally(() => {
      underWay -= 1;
    });
    const failure = failures.get(ctx.req);
    if (failure && !ctx.res.headersSent) throw upstreamProblem(failure);
  };
}

/**
 * Has the whole body here before a service hears of the request, so that a slow client holds up nobody but himself, and no
 * service answers while the rest is still on its way: then the connection, which is kept, can get stuck.
 */
async function holdBody(ctx: Context): Promise<Readable> {
  const body = await readBytes(ctx);
  const { 'transfer-encoding': _chunked, ...headers } = ctx.req.headers;
  ctx.req.headers = { ...headers, 'content-length': String(body.length) };
  return Readable.from([body]);
}

/** http-proxy does not notice a client that goes away in the middle of a reply; a stream would never end. */
function endWithClient(upstream: ClientRequest, toClient: ServerResponse): void {
  toClient.once('close', () => {
    if (!toClient.writableFinished) upstream.destroy();
  });
}

class NoAnswerInTime extends Error {}

/** http-proxy gives a late answer up as it would give up one that was cut off: this comes before it, with the reason. */
function sayWhenLate(upstream: ClientRequest): void {
  upstream.prependOnceListener('timeout', () => upstream.destroy(new NoAnswerInTime('no answer in time')));
}

/** http-proxy's timeout begins when the connection is there; a host that is gone would be waited for for two minutes. */
function limitConnecting({ socket }: ClientRequest, timeout: number): void {
  if (!socket?.connecting) return;
  const timer = setTimeout(() => socket.destroy(new NoAnswerInTime('no connection in time')), timeout);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}

/** The service speaks of its connection to us (RFC 9110, section 7.6.1); the client's stays open or closes as he asked. */
function keepOwnConnection(reply: IncomingMessage, toClient: ServerResponse): void {
  delete reply.headers['keep-alive'];
  reply.headers.connection = toClient.shouldKeepAlive ? 'keep-alive' : 'close';
}

/** http-proxy does not notice a service that goes away in the middle of its reply; the client would wait for ever. */
function breakOffWithService(reply: IncomingMessage, toClient: ServerResponse): void {
  reply.once('close', () => {
    if (!reply.complete) toClient.destroy();
  });
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false;
}

/** http-proxy's timeout also runs while nothing is read for a client who is slow, which is not the service's silence. */
function breakOffWhenSilent(reply: IncomingMessage, toClient: ServerResponse, timeout: number): void {
  reply.socket.setTimeout(0);
  let heard = performance.now();
  const hear = () => {
    heard = performance.now();
  };
  reply.on('data', hear);
  const looking = setInterval(() => {
    if (toClient.writableNeedDrain) hear();
    else if (performance.now() - heard > timeout) reply.destroy();
  }, timeout / 10);
  reply.once('close', () => clearInterval(looking));
}

function upstreamProblem(cause: Error): Problem {
  return cause instanceof NoAnswerInTime
    ? problems.upstreamTimeout(cause)
    : problems.serviceUnavailable(cause);
}

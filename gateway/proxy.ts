import { Agent } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Middleware } from 'koa';
import proxies from 'koa-proxies';
import type { Problem } from '#contracts/http/problem.ts';
import { problems, SECRET_REFUSED } from '#contracts/http/problems.ts';
import { KEEP_ALIVE, UPSTREAM_TIMEOUT } from '#contracts/values/deadlines.ts';
import { isStreamType } from '#contracts/values/stream-types.ts';
import { inClientSpan, noteStatus } from '#platform/http/client-span.ts';
import type { Context, Handler } from '#platform/http/request-context.ts';
import { hasBody, readBytes } from '#platform/http/request-input.ts';
import { endServerSpan, methodOf, routeOf } from '#platform/http/server-span.ts';
import { capacity } from '#platform/process/capacity.ts';
import type { Logger } from '#platform/process/logger.ts';
import { end } from '#platform/tracing/spans.ts';
import type { Span } from '#platform/tracing/spans.ts';

// The one file that knows koa-proxies and the http-proxy inside it. Neither is developed any more.

/** Without it 2,000 requests/s at 21 ms p99, with it 6,000 at 7 ms: `npm run bench -- choices`. */
const KEEP_ALIVE_AGENT = new Agent({ keepAlive: true, timeout: KEEP_ALIVE.gateway });

export interface ProxyOptions {
  /** How long the service may be silent, in ms. */
  readonly timeout?: number;
  readonly agent?: Agent;
  /**
   * How many requests to the service may be under way; open streams are not counted. Further requests are refused at
   * once: in the agent's queue for sockets they would wait without a deadline.
   */
  readonly most?: number;
}

/** One request on its way through the proxy. http-proxy's events have only the request, so its state is found by that. */
interface Exchange {
  readonly body: Readable | undefined;
  readonly log: Logger;
  failure?: Error;
  /** Its span, while spans are recorded. */
  span?: Span | undefined;
  /** A stream has begun, with this status. */
  readonly onStream: (status: number) => void;
}

/**
 * Forwards the requests below `path` to a service, unchanged, each after its whole body has arrived. A request is never
 * sent twice. What http-proxy does wrong, and what this file does about it:
 *
 * | http-proxy                                                          | here                    |
 * | ------------------------------------------------------------------- | ----------------------- |
 * | sends a request on while its client is still sending it             | {@link bufferBody}      |
 * | keeps a service's stream open when the client disconnects           | {@link endWithClient}   |
 * | reports a timeout as a connection that was reset                    | {@link markTimeout}     |
 * | waits two minutes for a connection, its timeout begins after it     | {@link limitConnecting} |
 * | passes on what the service says about its own connection            | {@link keepConnection}  |
 * | leaves the client waiting when a service breaks off within a reply  | {@link endWithService}  |
 * | takes a stream whose client reads slowly for a silent service       | {@link endWhenSilent}   |
 */
export function proxyTo(
  path: string,
  target: string,
  { timeout = UPSTREAM_TIMEOUT, agent = KEEP_ALIVE_AGENT, most = capacity() }: ProxyOptions = {},
): Handler {
  const underWay = new Set<IncomingMessage>();
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const events = {
    error(error: Error, request: IncomingMessage) {
      const exchange = exchanges.get(request);
      if (exchange) exchange.failure = error;
    },
    proxyReq(upstream: ClientRequest, _request: IncomingMessage, toClient: ServerResponse) {
      endWithClient(upstream, toClient);
      markTimeout(upstream);
      limitConnecting(upstream, timeout);
    },
    proxyRes(reply: IncomingMessage, request: IncomingMessage, toClient: ServerResponse) {
      const exchange = exchanges.get(request);
      const { statusCode: status = 502 } = reply;
      noteStatus(exchange?.span, status);
      // The client gets the gateway's, which is above it.
      delete reply.headers['traceparent'];
      if (reply.headers[SECRET_REFUSED] !== undefined) {
        delete reply.headers[SECRET_REFUSED];
        exchange?.log.error({ service: target }, SECRETS_DIFFER);
      }
      keepConnection(reply, toClient);
      endWithService(reply, toClient);
      if (!isStream(reply)) return;
      exchange?.onStream(status);
      underWay.delete(request);
      endWhenSilent(reply, toClient, timeout);
    },
  };
  const options = { target, agent, changeOrigin: true, proxyTimeout: timeout, events };
  const forward = proxies(path, (_params, { req }) => ({
    ...options,
    buffer: exchanges.get(req)?.body,
  })) as unknown as Middleware;
  return async (ctx, next) => {
    const exchange: Exchange = {
      body: hasBody(ctx) ? await bufferBody(ctx) : undefined,
      log: ctx.state.log,
      onStream(status) {
        if (exchange.span) end(exchange.span);
        endServerSpan(ctx, status);
      },
    };
    exchanges.set(ctx.req, exchange);
    // The client left while a handler before this one waited. http-proxy would not notice, and wait for its own timeout.
    if (ctx.res.closed) return;
    if (underWay.size >= most) throw problems.tooManyRequests();
    underWay.add(ctx.req);
    const outgoing = () => ({
      method: methodOf(ctx),
      template: routeOf(ctx),
      url: new URL(ctx.url, target),
    });
    await inClientSpan(outgoing, ctx.state.trace, async (traceHeaders, span) => {
      exchange.span = span;
      Object.assign(ctx.req.headers, traceHeaders);
      await forward(ctx, next).finally(() => underWay.delete(ctx.req));
      if (exchange.failure && !ctx.res.headersSent) throw toProblem(exchange.failure);
    });
  };
}

const SECRETS_DIFFER =
  'the service refuses the SERVICE_SECRET of the gateway: all processes must be started with the same';

function toProblem(failure: Error): Problem {
  return failure instanceof UpstreamTimeout
    ? problems.upstreamTimeout(failure)
    : problems.serviceUnavailable(failure);
}

/**
 * Reads the whole body before a service receives the request. A slow client then occupies only itself, and no service
 * replies while the rest is still arriving: that could block the kept connection.
 */
async function bufferBody(ctx: Context): Promise<Readable> {
  const body = await readBytes(ctx);
  const { 'transfer-encoding': _chunked, ...headers } = ctx.req.headers;
  ctx.req.headers = { ...headers, 'content-length': String(body.length) };
  return Readable.from([body]);
}

function endWithClient(upstream: ClientRequest, toClient: ServerResponse): void {
  toClient.once('close', () => {
    if (!toClient.writableFinished) upstream.destroy();
  });
}

class UpstreamTimeout extends Error {}

/** Runs before http-proxy's own listener, which would abort the request without the reason. */
function markTimeout(upstream: ClientRequest): void {
  upstream.prependOnceListener('timeout', () => upstream.destroy(new UpstreamTimeout('no reply in time')));
}

function limitConnecting({ socket }: ClientRequest, timeout: number): void {
  if (!socket?.connecting) return;
  const timer = setTimeout(() => socket.destroy(new UpstreamTimeout('no connection in time')), timeout);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}

/** The service's Connection header is about its connection to the gateway (RFC 9110, section 7.6.1), not the client's. */
function keepConnection(reply: IncomingMessage, toClient: ServerResponse): void {
  delete reply.headers['keep-alive'];
  reply.headers.connection = toClient.shouldKeepAlive ? 'keep-alive' : 'close';
  // Node adds it only to a reply whose Connection header is its own. A client ends an idle connection before it.
  if (toClient.shouldKeepAlive) reply.headers['keep-alive'] = `timeout=${KEEP_ALIVE.edge / 1_000}`;
}

function endWithService(reply: IncomingMessage, toClient: ServerResponse): void {
  reply.once('close', () => {
    if (!reply.complete) toClient.destroy();
  });
}

function isStream({ headers }: IncomingMessage): boolean {
  return isStreamType(headers['content-type']);
}

/** Replaces http-proxy's timeout. The service is not silent while it waits for the client to read. */
function endWhenSilent(reply: IncomingMessage, toClient: ServerResponse, timeout: number): void {
  reply.socket.setTimeout(0);
  let lastData = performance.now();
  const onData = () => {
    lastData = performance.now();
  };
  reply.on('data', onData);
  const timer = setInterval(() => {
    if (toClient.writableNeedDrain) onData();
    else if (performance.now() - lastData > timeout) reply.destroy();
  }, timeout / 10);
  reply.once('close', () => clearInterval(timer));
}

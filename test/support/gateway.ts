import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { proxyTo } from '#gateway/proxy.ts';
import type { ProxyOptions } from '#gateway/proxy.ts';
import { upstreamHeaders } from '#gateway/upstream-headers.ts';
import type { Handler } from '#platform/http/request-context.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import type { Logger } from '#platform/process/logger.ts';
import { SERVICE_SECRET } from './test-service.ts';

/** A request as the service behind the gateway received it. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The port of the connection that it came over. */
  readonly port: number | undefined;
}

export interface Upstream extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** How requests are answered from now on. At first with 200 and an empty object. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Closes every idle connection, as a service that restarts does. */
  closeIdle(): void;
}

/** A service that records its requests. */
export async function openUpstream(port = 0): Promise<Upstream> {
  const received: Received[] = [];
  const record = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { method, url, headers, socket } = request;
    received.push({ method, url, headers, body, port: socket.remotePort });
    upstream.answer(request, response);
  };
  const server = createServer((request, response) => void record(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const upstream: Upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    closeIdle: () => server.closeIdleConnections(),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return upstream;
}

/** The gateway's own handlers with one service behind them, at /api/orders. */
export async function openGateway({
  upstream,
  identify,
  log = createLogger('test', 'silent'),
  secret = SERVICE_SECRET,
  ...options
}: { upstream: string; identify: Handler; log?: Logger; secret?: string } & ProxyOptions) {
  const app = createApp({ log, health: createHealth() });
  app.use(identify);
  app.use(upstreamHeaders(secret));
  app.use(proxyTo('/api/orders', upstream, options));
  return serve(app, { host: '127.0.0.1', port: 0, log });
}

/** Treats every request as one user's, whatever its headers name. */
export function everyoneIs(userId: string): Handler {
  return async (ctx, next) => {
    ctx.state.userId = userId;
    await next();
  };
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { proxyTo } from '#gateway/proxy.ts';
import { upstreamHeaders } from '#gateway/upstream-headers.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import type { Handler } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { SERVICE_SECRET } from './test-service.ts';

/** A request as the service behind the door got it. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The connection it came over. */
  readonly port: number | undefined;
}

export interface Upstream extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** How requests are answered from now on; with 200 and an empty object at first. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends every connection that is idle, as a service does that restarts. */
  closeIdle(): void;
}

/** A service that writes down what it gets. */
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

/** The door with one service behind it, at /api/orders; whoever asks is said to be `userId`. */
export async function openDoor(options: { upstream: string; identify: Handler; timeout?: number }) {
  const log = createLogger('test', 'silent');
  const app = createApp({ log, health: createHealth() });
  app.use(options.identify);
  app.use(upstreamHeaders(SERVICE_SECRET));
  app.use(proxyTo('/api/orders', options.upstream, options.timeout));
  return serve(app, { host: '127.0.0.1', port: 0, log });
}

/** Says that everyone is one user, whatever they say themselves. */
export function everyoneIs(userId: string): Handler {
  return async (ctx, next) => {
    ctx.state.userId = userId;
    await next();
  };
}

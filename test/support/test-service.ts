import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import Router from '@koa/router';
import type { RequestState } from '#platform/http/request-context.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import type { Listening, RoutesOptions } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import type { Health } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';

export const SERVICE_SECRET = 'a-secret-of-tests-only';

export interface TestService extends Listening {
  readonly health: Health;
}

/** Serves routes as every service does, on a free port. */
export async function serveTestService(
  addRoutes: (router: Router<RequestState>) => void,
  options: Pick<RoutesOptions, 'signal' | 'migrated'> = {},
): Promise<TestService> {
  const router = new Router<RequestState>();
  addRoutes(router);
  const health = createHealth();
  const config = { HOST: '127.0.0.1', PORT: 0, SERVICE_SECRET };
  const log = createLogger('test', 'silent');
  const listening = await serveRoutes([router], { config, log, health, ...options });
  return { url: listening.url, health, [Symbol.asyncDispose]: async () => listening[Symbol.asyncDispose]() };
}

export interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON of it; an empty object when it is none. */
  readonly body: Record<string, unknown>;
}

export interface Call {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** Sends the body without its length beforehand. */
  readonly chunked?: boolean;
}

/** One request, with every header as given: fetch would refuse or add some. */
export async function call(
  url: string,
  { method = 'GET', headers, body, chunked = false }: Call = {},
): Promise<Reply> {
  const outgoing = request(url, { method, headers, agent: false });
  const replied = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  if (chunked && body !== undefined) {
    for (let at = 0; at < body.length; at += 1_000) outgoing.write(body.slice(at, at + 1_000));
    outgoing.end();
  } else outgoing.end(body);
  const [incoming] = await replied;
  const all = await text(incoming);
  return { status: incoming.statusCode, headers: incoming.headers, text: all, body: parse(all) };
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

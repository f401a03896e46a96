import { EventSourceParserStream } from 'eventsource-parser/stream';
import { Agent, fetch, request } from 'undici';
import { parseBody, refusal, createCustomerClient } from '#contracts/client/client.ts';
import type { ApiReply, ApiRequest, Customer, OrderStream } from '#contracts/client/client.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { parseReply } from '#contracts/values/parse-reply.ts';
import { toJson } from '#contracts/values/to-json.ts';

export interface GozonClient extends AsyncDisposable {
  readonly baseUrl: string;
  as(userId: string): Customer;
  /** Any request, as nobody unless its headers say so; a refusal is returned, not thrown. */
  send(request: ApiRequest): Promise<ApiReply>;
}

/**
 * All in ms. The gateway answers 504 after 10 s, so a reply that comes no sooner than 12 s never will. Kept connections
 * are closed here before the gateway closes them at 65 s.
 */
const DEADLINES = {
  connectTimeout: 2_000,
  headersTimeout: 12_000,
  bodyTimeout: 12_000,
  keepAliveTimeout: 30_000,
};

/**
 * Talks to a gateway, over connections that all customers share and that stay open between requests.
 * @param options.connections at most; further requests wait in line, so an open loop needs as many as it has under way
 */
export function openGozonClient(options: { baseUrl: string; connections?: number }): GozonClient {
  const { connectTimeout, ...deadlines } = DEADLINES;
  const dispatcher = new Agent({
    ...deadlines,
    connect: { timeout: connectTimeout },
    connections: options.connections ?? 256,
    pipelining: 1,
  });

  async function send({ method, path, headers, body }: ApiRequest): Promise<ApiReply> {
    const reply = await request(new URL(path, options.baseUrl), {
      dispatcher,
      method,
      headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : toJson(body),
    });
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: parseBody(reply.headers['content-type'], await reply.body.text()),
    };
  }

  async function follow(headers: Record<string, string>): Promise<OrderStream> {
    const stop = new AbortController();
    const reply = await fetch(new URL('/api/orders/events', options.baseUrl), {
      dispatcher,
      headers: { Accept: 'text/event-stream', ...headers },
      signal: stop.signal,
    });
    if (!reply.ok || !reply.body) {
      const body = parseBody(reply.headers.get('content-type'), await reply.text());
      throw refusal({ status: reply.status, headers: Object.fromEntries(reply.headers), body });
    }
    const events = reply.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    return {
      async *[Symbol.asyncIterator]() {
        for await (const { id = '', data } of events) yield { id, order: parseReply(data) as OrderReply };
      },
      async [Symbol.asyncDispose]() {
        stop.abort();
      },
    };
  }

  return {
    baseUrl: options.baseUrl,
    send,
    as: (userId) => {
      const identity = { 'X-User-Id': userId };
      return createCustomerClient(userId, {
        send: async (given) => send({ ...given, headers: { ...identity, ...given.headers } }),
        follow: async ({ lastEventId } = {}) =>
          follow({ ...identity, ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }) }),
      });
    },
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

import { createCustomerClient, parseBody } from '@gozon/client';
import type { ApiReply, ApiRequest, Customer, Send } from '@gozon/client';
import { Agent, fetch, request } from 'undici';
import { toJson } from '#contracts/values/to-json.ts';

export interface GozonClient extends AsyncDisposable {
  readonly baseUrl: string;
  /** With `IDENTITY=dev` everyone is an operator and a merchant, but for who says its roles: `customer` is neither. */
  as(userId: string, roles?: string): Customer;
  /** Any request, as nobody unless its headers say so; a refusal is returned, not thrown. */
  readonly send: Send;
}

/**
 * All in ms. The gateway answers 504 after 10 s, so a reply that comes no sooner than 12 s never will. Kept connections
 * are closed here before the gateway closes them, although it asks for longer than `keepAliveMaxTimeout`.
 */
const DEADLINES = {
  connectTimeout: 2_000,
  headersTimeout: 12_000,
  bodyTimeout: 12_000,
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 30_000,
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

  return {
    baseUrl: options.baseUrl,
    send,
    as: (userId, roles) => {
      const identity = { 'X-User-Id': userId, ...(roles !== undefined && { 'X-User-Roles': roles }) };
      return createCustomerClient(userId, {
        send: async (given) => send({ ...given, headers: { ...identity, ...given.headers } }),
        open: async (path, { headers, signal }) =>
          fetch(new URL(path, options.baseUrl), { dispatcher, signal, headers: { ...identity, ...headers } }),
      });
    },
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

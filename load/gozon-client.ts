import { Agent, request } from 'undici';
import type { OrderStatus } from '#contracts/order-status.ts';
import type { OrderReply, Page } from '#contracts/orders-api.ts';
import type { AccountReply } from '#contracts/payments-api.ts';
import type { ProblemBody, ProblemCode } from '#contracts/problem.ts';
import { toJson } from '#platform/json.ts';
import { parseReply } from './parse-reply.ts';

/** The API refused: the reply was application/problem+json. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: ProblemCode;
  readonly body: ProblemBody;
  /** What Retry-After says, in ms. */
  readonly retryAfter: number | undefined;

  constructor(body: ProblemBody, retryAfter: number | undefined) {
    super(`${body.status} ${body.code}: ${body.detail}`);
    this.status = body.status;
    this.code = body.code;
    this.body = body;
    this.retryAfter = retryAfter;
  }
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, a bigint as an integer; a string is sent as it is, for bodies that are wrong on purpose. */
  readonly body?: unknown;
}

/** Any reply, refusals too. Money in a JSON body is bigint. */
export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** One customer's view of the API. Amounts in minor units. All methods throw {@link ApiProblem}, or a network error. */
export interface Customer {
  readonly userId: string;
  openAccount(account?: { currency?: string }, repeatable?: Repeatable): Promise<AccountReply>;
  topUp(amount: bigint, repeatable?: Repeatable): Promise<AccountReply>;
  account(): Promise<AccountReply>;
  placeOrder(order: { amount: bigint; description?: string }, repeatable?: Repeatable): Promise<OrderReply>;
  order(orderId: string): Promise<OrderReply>;
  orders(page?: { status?: OrderStatus; limit?: number; cursor?: string }): Promise<Page<OrderReply>>;
  /** Any request as this customer; a refusal is returned, not thrown. */
  send(request: ApiRequest): Promise<ApiReply>;
}

/** A POST with a key may be repeated after an outage: it is done once. */
export interface Repeatable {
  readonly idempotencyKey?: string;
}

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
    const type = String(reply.headers['content-type'] ?? '');
    const text = await reply.body.text();
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: /^application\/(\w+\+)?json\b/.test(type) ? parseReply(text) : text,
    };
  }

  return {
    baseUrl: options.baseUrl,
    send,
    as: (userId) =>
      customer(userId, async (given) =>
        send({ ...given, headers: { 'X-User-Id': userId, ...given.headers } }),
      ),
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

function customer(userId: string, send: Customer['send']): Customer {
  const account = `/api/payments/accounts/${userId}`;
  const get = async <Body>(path: string) => accepted(await send({ method: 'GET', path })) as Body;
  const post = async <Body>(path: string, body: unknown, { idempotencyKey }: Repeatable = {}) =>
    accepted(
      await send({
        method: 'POST',
        path,
        body,
        ...(idempotencyKey !== undefined && { headers: { 'Idempotency-Key': idempotencyKey } }),
      }),
    ) as Body;
  return {
    userId,
    send,
    openAccount: async (body = {}, repeatable) => post('/api/payments/accounts', body, repeatable),
    topUp: async (amount, repeatable) => post(`${account}/top-up`, { amount }, repeatable),
    account: async () => get(account),
    placeOrder: async (order, repeatable) => post('/api/orders', order, repeatable),
    order: async (orderId) => get(`/api/orders/${orderId}`),
    orders: async (page = {}) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(page)) query.set(name, String(value));
      return get(`/api/orders?${query.toString()}`);
    },
  };
}

/** The reply's body when the API did what was asked. @throws ApiProblem */
function accepted({ status, headers, body }: ApiReply): unknown {
  if (status >= 200 && status < 300) return body;
  if (String(headers['content-type']).startsWith('application/problem+json')) {
    const seconds = Number(headers['retry-after']);
    throw new ApiProblem(body as ProblemBody, seconds > 0 ? seconds * 1000 : undefined);
  }
  throw new Error(`the reply was ${status} without a problem: ${String(body).slice(0, 200)}`);
}

import { EventSourceParserStream } from 'eventsource-parser/stream';
import { Agent, fetch, request } from 'undici';
import type {
  OrderReply,
  getOrderRoute,
  getTimelineRoute,
  listOrdersRoute,
  placeOrderRoute,
} from '#contracts/orders-api.ts';
import type {
  getAccountRoute,
  getStatementRoute,
  openAccountRoute,
  topUpRoute,
} from '#contracts/payments-api.ts';
import type { ProblemBody, ProblemCode } from '#contracts/problem.ts';
import type { BodyOf, QueryOf, ReplyOf } from '#contracts/route.ts';
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
  openAccount(
    account?: BodyOf<typeof openAccountRoute>,
    repeatable?: Repeatable,
  ): Promise<ReplyOf<typeof openAccountRoute>>;
  topUp(
    amount: BodyOf<typeof topUpRoute>['amount'],
    repeatable?: Repeatable,
  ): Promise<ReplyOf<typeof topUpRoute>>;
  account(): Promise<ReplyOf<typeof getAccountRoute>>;
  statement(page?: Partial<QueryOf<typeof getStatementRoute>>): Promise<ReplyOf<typeof getStatementRoute>>;
  placeOrder(
    order: BodyOf<typeof placeOrderRoute>,
    repeatable?: Repeatable,
  ): Promise<ReplyOf<typeof placeOrderRoute>>;
  order(orderId: string): Promise<ReplyOf<typeof getOrderRoute>>;
  orders(page?: Partial<QueryOf<typeof listOrdersRoute>>): Promise<ReplyOf<typeof listOrdersRoute>>;
  timeline(orderId: string): Promise<ReplyOf<typeof getTimelineRoute>>;
  /** Follows this customer's orders from now on, or from after an earlier change. Resolves when following has begun. */
  follow(from?: { lastEventId?: string }): Promise<OrderStream>;
  /** Any request as this customer; a refusal is returned, not thrown. */
  send(request: ApiRequest): Promise<ApiReply>;
}

/** A customer's orders as they change, each as it was then. Ends when the service does; throws when the link breaks. */
export interface OrderStream extends AsyncIterable<OrderChange>, AsyncDisposable {}

export interface OrderChange {
  /** The Last-Event-ID to resume after it. */
  readonly id: string;
  readonly order: OrderReply;
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
      return customer(userId, {
        send: async (given) => send({ ...given, headers: { ...identity, ...given.headers } }),
        follow: async ({ lastEventId } = {}) =>
          follow({ ...identity, ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }) }),
      });
    },
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

function parseBody(contentType: unknown, text: string): unknown {
  return /^application\/(\w+\+)?json\b/.test(String(contentType)) ? parseReply(text) : text;
}

function customer(userId: string, { send, follow }: Pick<Customer, 'send' | 'follow'>): Customer {
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
    follow,
    openAccount: async (body = {}, repeatable) => post('/api/payments/accounts', body, repeatable),
    topUp: async (amount, repeatable) => post(`${account}/top-up`, { amount }, repeatable),
    account: async () => get(account),
    statement: async (page) => get(`${account}/statement${queryOf(page)}`),
    placeOrder: async (order, repeatable) => post('/api/orders', order, repeatable),
    order: async (orderId) => get(`/api/orders/${orderId}`),
    orders: async (page) => get(`/api/orders${queryOf(page)}`),
    timeline: async (orderId) => get(`/api/orders/${orderId}/timeline`),
  };
}

function queryOf(parameters: object = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `?${query.toString()}` : '';
}

/** The reply's body when the API did what was asked. @throws ApiProblem */
function accepted(reply: ApiReply): unknown {
  if (reply.status >= 200 && reply.status < 300) return reply.body;
  throw refusal(reply);
}

function refusal({ status, headers, body }: ApiReply): Error {
  if (String(headers['content-type']).startsWith('application/problem+json')) {
    const seconds = Number(headers['retry-after']);
    return new ApiProblem(body as ProblemBody, seconds > 0 ? seconds * 1000 : undefined);
  }
  return new Error(`the reply was ${status} without a problem: ${String(body).slice(0, 200)}`);
}

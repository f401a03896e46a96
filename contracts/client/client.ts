import type {
  OrderReply,
  cancelOrderRoute,
  getOrderRoute,
  getTimelineRoute,
  listOrdersRoute,
  placeOrderRoute,
} from '../http/orders-api.ts';
import type {
  getAccountRoute,
  getStatementRoute,
  openAccountRoute,
  topUpRoute,
} from '../http/payments-api.ts';
import type { ProblemBody } from '../http/problem-codes.ts';
import type { BodyOf, QueryOf, ReplyOf } from '../http/route.ts';
import { parseReply } from '../values/parse-reply.ts';
import { ApiProblem } from './api-problem.ts';

// What a client of the API is, apart from how it sends: load/ does it with undici, the dashboard with the browser's fetch.

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
    repeatable?: IdempotencyOption,
  ): Promise<ReplyOf<typeof openAccountRoute>>;
  topUp(
    amount: BodyOf<typeof topUpRoute>['amount'],
    repeatable?: IdempotencyOption,
  ): Promise<ReplyOf<typeof topUpRoute>>;
  account(): Promise<ReplyOf<typeof getAccountRoute>>;
  statement(page?: Partial<QueryOf<typeof getStatementRoute>>): Promise<ReplyOf<typeof getStatementRoute>>;
  placeOrder(
    order: BodyOf<typeof placeOrderRoute>,
    repeatable?: IdempotencyOption,
  ): Promise<ReplyOf<typeof placeOrderRoute>>;
  cancelOrder(orderId: string, repeatable?: IdempotencyOption): Promise<ReplyOf<typeof cancelOrderRoute>>;
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
export interface IdempotencyOption {
  readonly idempotencyKey?: string;
}

/** One customer, over any transport. */
export function createCustomerClient(
  userId: string,
  { send, follow }: Pick<Customer, 'send' | 'follow'>,
): Customer {
  const account = `/api/payments/accounts/${userId}`;
  const get = async <Body>(path: string) => accepted(await send({ method: 'GET', path })) as Body;
  const post = async <Body>(path: string, body: unknown, { idempotencyKey }: IdempotencyOption = {}) =>
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
    cancelOrder: async (orderId, repeatable) => post(`/api/orders/${orderId}/cancel`, undefined, repeatable),
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

/** A reply's body, as JSON or text. */
export function parseBody(contentType: unknown, text: string): unknown {
  return /^application\/(\w+\+)?json\b/.test(String(contentType)) ? parseReply(text) : text;
}

/** The reply's body when the API did what was asked. @throws ApiProblem */
function accepted(reply: ApiReply): unknown {
  if (reply.status >= 200 && reply.status < 300) return reply.body;
  throw refusal(reply);
}

/** What a reply of 400 and more is thrown as. */
export function refusal({ status, headers, body }: ApiReply): Error {
  if (String(headers['content-type']).startsWith('application/problem+json')) {
    const seconds = Number(headers['retry-after']);
    return new ApiProblem(body as ProblemBody, seconds > 0 ? seconds * 1000 : undefined);
  }
  return new Error(`the reply was ${status} without a problem: ${String(body).slice(0, 200)}`);
}

import type { operatorOrdersApi } from '@gozon/contracts/http/operator-orders-api';
import type { ordersApi } from '@gozon/contracts/http/orders-api';
import type { paymentsApi } from '@gozon/contracts/http/payments-api';
import type { ProblemBody } from '@gozon/contracts/http/problem-codes';
import type { repairApi } from '@gozon/contracts/http/repair-api';
import type { ReplyOf, RouteContract } from '@gozon/contracts/http/route-contract';
import type { stackApi } from '@gozon/contracts/http/stack-api';
import type { systemApi } from '@gozon/contracts/http/system-api';
import { parseReply } from '@gozon/contracts/values/parse-reply';
import type { RouteHead } from '@gozon/contracts/values/routes';
import type { z } from 'zod';
import { ApiProblem, ForeignRefusal } from './api-problem.ts';

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

/** A transport: tools/load/generate/ has one over undici, the dashboard one over the browser's fetch. */
export type Send = (request: ApiRequest) => Promise<ApiReply>;

/** What a call gives to its route. */
export type CallOptions<Contract extends RouteContract> = Given<Contract, 'params'> &
  Partial<Given<Contract, 'query'>> &
  Given<Contract, 'body'> & {
    /** A POST with a key may be repeated after an outage: it is done once. */
    readonly idempotencyKey?: string | undefined;
  };

/** Calls a route that a contract describes. @throws ApiProblem when the API refuses, or a network error */
export type Call = <Id extends RouteId>(
  route: RouteHead & { readonly id: Id },
  options: CallOptions<ContractOf<Id>>,
) => Promise<ReplyOf<ContractOf<Id>>>;

/** Every route that a client can call. */
type Callable = (
  | typeof paymentsApi
  | typeof ordersApi
  | typeof systemApi
  | typeof operatorOrdersApi
  | typeof repairApi
  | typeof stackApi
)[number];

type RouteId = Callable['id'];

type ContractOf<Id extends RouteId> = Extract<Callable, { id: Id }>;

type Given<Contract, Part extends 'params' | 'query' | 'body'> =
  Contract extends Record<Part, infer Schema extends z.ZodObject>
    ? { readonly [Name in Part]: OptionalAs<z.input<Schema>, z.output<Schema>> }
    : unknown;

/** With the types of the output, since money is bigint there; optional is what the input may lack. */
type OptionalAs<Input, Output> = {
  readonly [Name in keyof Output as Name extends RequiredOf<Input> ? Name : never]: Output[Name];
} & {
  readonly [Name in keyof Output as Name extends RequiredOf<Input> ? never : Name]?: Output[Name] | undefined;
};

type RequiredOf<Input> = {
  [Name in keyof Input]-?: undefined extends Input[Name] ? never : Name;
}[keyof Input];

/** What {@link createCall} reads of any {@link CallOptions}. */
interface AnyCallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: object;
  readonly idempotencyKey?: string | undefined;
}

export function createCall(send: Send): Call {
  return async (route, { params = {}, query = {}, body, idempotencyKey }: AnyCallOptions) => {
    const reply = await send({
      method: route.method === 'get' ? 'GET' : 'POST',
      path: pathOf(route, { params, query }),
      ...(body !== undefined && { body }),
      ...(idempotencyKey !== undefined && { headers: { 'Idempotency-Key': idempotencyKey } }),
    });
    if (reply.status >= 400) throw refusal(reply);
    return reply.body as never;
  };
}

/** The path of a request, with its parameters and its query. */
export function pathOf(
  { path }: RouteHead,
  { params = {}, query = {} }: Pick<AnyCallOptions, 'params' | 'query'>,
): string {
  return (
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? '')) + textOf(query)
  );
}

function textOf(query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : '';
}

/** A reply's body, as JSON or text. */
export function parseBody(contentType: unknown, text: string): unknown {
  return /^application\/(\w+\+)?json\b/.test(String(contentType)) ? parseReply(text) : text;
}

/** The error for a reply of 400 and more. */
export function refusal({ status, headers, body }: ApiReply): ApiProblem | ForeignRefusal {
  const retryAfter = readRetryAfter(headers);
  return String(headers['content-type']).startsWith('application/problem+json')
    ? new ApiProblem(body as ProblemBody, retryAfter)
    : new ForeignRefusal(status, String(body).slice(0, 200), retryAfter);
}

/** In ms. Ours are seconds; a proxy's can be a date (RFC 9110, section 10.2.3), by its own clock. */
function readRetryAfter({ 'retry-after': header, date }: ApiReply['headers']): number | undefined {
  const now = () => Date.parse(String(date)) || Date.now();
  const ms = typeof header !== 'string' ? 0 : Number(header) * 1_000 || Date.parse(header) - now();
  return ms > 0 ? ms : undefined;
}

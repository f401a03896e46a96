import type { z } from 'zod';
import type { RouteHead } from '../values/routes.ts';
import { isStreamType } from '../values/stream-types.ts';
import type { ProblemCode } from './problem-codes.ts';

/**
 * One complete route of the API. Code is bound to it, requests are validated by it, clients are typed by it, and the
 * OpenAPI document is written from it. A route without a contract does not exist.
 */
export interface RouteContract extends RouteHead {
  readonly tag: string;
  readonly summary: string;
  /** Only for operators: a role in the token. With IDENTITY=dev every client is one. */
  readonly operator?: boolean;
  /** With IDENTITY=dev it may be called without X-User-Id: Temporal's Web UI cannot send one. */
  readonly withoutUserInDev?: boolean;
  /** Only for merchants, in the same way. It is about orders of any customer. With `operator`: for both. */
  readonly merchant?: boolean;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Without it the route ignores a body. If every field is optional, the request may have no body. */
  readonly body?: z.ZodObject;
  /** Request headers of this route's own, by name in lower case. */
  readonly headers?: z.ZodObject;
  readonly reply: ReplyContract;
  /** Refusals of this route alone, beside those of every route. */
  readonly problems: readonly ProblemCode[];
}

export interface ReplyContract {
  readonly status: 200 | 201 | 202;
  readonly description: string;
  readonly schema: z.ZodType;
  /** Headers of the reply, each with its description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON by default. */
  readonly contentType?: string;
}

/** Whether its reply is sent as it comes: Server-Sent Events, which have no end, or rows as CSV. */
export function isStreamed({ reply }: RouteContract): boolean {
  return isStreamType(reply.contentType);
}

/** Keeps a contract's literal types, for the code that implements or calls it. */
export function defineRoute<const Contract extends RouteContract>(contract: Contract): Contract {
  return contract;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;

export type ParamsOf<Contract extends RouteContract> = Output<Contract['params']>;
export type QueryOf<Contract extends RouteContract> = Output<Contract['query']>;
export type BodyOf<Contract extends RouteContract> = Output<Contract['body']>;
export type HeadersOf<Contract extends RouteContract> = Output<Contract['headers']>;
export type ReplyOf<Contract extends RouteContract> = z.output<Contract['reply']['schema']>;

import type { z } from 'zod';
import type { RouteHead } from '../values/routes.ts';
import type { ProblemCode } from './problem-codes.ts';

/**
 * One route of the API, whole: code is bound to it, requests are validated by it, clients are typed by it and the OpenAPI
 * document is written from it. What is not here does not exist.
 */
export interface RouteContract extends RouteHead {
  readonly tag: string;
  readonly summary: string;
  /** Only for operators: a role in the token; with IDENTITY=dev everyone. */
  readonly operator?: boolean;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Absent: the route needs no body, and ignores one. With every field optional, none may be sent at all. */
  readonly body?: z.ZodObject;
  /** Request headers of this route's own, by name in lower case. */
  readonly headers?: z.ZodObject;
  readonly reply: ReplyContract;
  /** Refusals of this route's own, beside those that every route has. */
  readonly problems: readonly ProblemCode[];
}

export interface ReplyContract {
  readonly status: 200 | 201 | 202;
  readonly description: string;
  readonly schema: z.ZodType;
  /** Headers of the reply, each with what it says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless it says otherwise. */
  readonly contentType?: string;
}

/** Keeps a contract's own types, for whoever implements or calls it. */
export function defineRoute<const Contract extends RouteContract>(contract: Contract): Contract {
  return contract;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;

export type ParamsOf<Contract extends RouteContract> = Output<Contract['params']>;
export type QueryOf<Contract extends RouteContract> = Output<Contract['query']>;
export type BodyOf<Contract extends RouteContract> = Output<Contract['body']>;
export type HeadersOf<Contract extends RouteContract> = Output<Contract['headers']>;
export type ReplyOf<Contract extends RouteContract> = z.output<Contract['reply']['schema']>;

import type { ProblemCode } from '#contracts/http/problem-codes.ts';

export const ORDERS = '/api/orders';
export const ACCOUNTS = '/api/payments/accounts';
export const TOP_UP = `${ACCOUNTS}/{self}/top-up`;
export const JSON_TYPE = { 'content-type': 'application/json' };

/** A request that is invalid, and its expected refusal. {self} in a path is the caller. */
export interface InvalidRequest {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  /** By default none for a GET, and JSON for a POST. */
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly code: ProblemCode;
  readonly status: number;
  /** The field of the first of `errors`. */
  readonly field?: string;
}

export function post(
  what: string,
  path: string,
  body: string | Buffer,
  refused: Omit<InvalidRequest, 'what' | 'path'>,
): InvalidRequest {
  return { what, path, body, method: 'POST', headers: JSON_TYPE, ...refused };
}

export const json = (body: unknown) => JSON.stringify(body);
export const invalid = (field: string) => ({ status: 422, code: 'invalid_body', field }) as const;
export const parameter = (field: string) => ({ status: 400, code: 'invalid_parameter', field }) as const;
export const notJson = { status: 400, code: 'malformed_json' } as const;
export const wrongType = { status: 415, code: 'unsupported_media_type' } as const;
export const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' };

export const get = (
  what: string,
  path: string,
  refused: Omit<InvalidRequest, 'what' | 'path'>,
): InvalidRequest => ({
  what,
  path,
  ...refused,
});

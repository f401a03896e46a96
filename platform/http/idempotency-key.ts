import { createHash } from 'node:crypto';
import { problems } from '#contracts/http/problems.ts';
import { toJson } from '#contracts/values/to-json.ts';
import type { Idempotency } from '../postgres/idempotency.ts';
import type { Context } from './request-context.ts';

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The Idempotency-Key of a POST (IETF draft httpapi-idempotency-key-header), with a hash of the validated request.
 * Undefined without the header.
 * @throws Problem 400 when it is empty, longer than 255 characters or not printable ASCII
 */
export function readIdempotency(ctx: Context, request: readonly unknown[]): Idempotency | undefined {
  const key = ctx.request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw problems.invalidParameter([
      { field: 'Idempotency-Key', message: 'must have 1 to 255 printable ASCII characters' },
    ]);
  }
  return { key, requestHash: createHash('sha256').update(toJson(request)).digest() };
}

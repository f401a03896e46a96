import { InvalidIdempotencyKey, readIdempotency } from '@gozon/postgres-idempotency';
import type { Idempotency } from '@gozon/postgres-idempotency';
import { problems } from '#contracts/http/problems.ts';
import { toJson } from '#contracts/values/to-json.ts';
import type { Context } from './request-context.ts';

/**
 * The Idempotency-Key of a POST, with a hash of the validated request. Undefined without the header.
 * @throws Problem 400 when it is none
 */
export function idempotencyOf(ctx: Context, request: readonly unknown[]): Idempotency | undefined {
  try {
    return readIdempotency(ctx.request.headers['idempotency-key'], () => toJson(request));
  } catch (error) {
    if (!(error instanceof InvalidIdempotencyKey)) throw error;
    throw problems.invalidParameter([{ field: 'Idempotency-Key', message: error.message }]);
  }
}

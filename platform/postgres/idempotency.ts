import { KEY_IN_FLIGHT, KEY_REUSED, purgeIdempotencyKeys } from '@gozon/postgres-idempotency';
import type { QueryExecutorProvider } from 'kysely';
import { problems } from '#contracts/http/problems.ts';
import { PURGE_BATCH, purgedBatch } from './enforce-retention.ts';
import type { PurgedBatch } from './enforce-retention.ts';
import type { Refusals } from './refusals.ts';

/** What the database function idempotency_begin refuses. */
export const IDEMPOTENCY_REFUSALS = {
  [KEY_IN_FLIGHT]: problems.idempotencyKeyInFlight,
  [KEY_REUSED]: problems.idempotencyKeyReused,
} as const satisfies Refusals;

/** Deletes a batch of the keys that are past their retention. */
export async function purgeKeys(db: QueryExecutorProvider): Promise<PurgedBatch> {
  return purgedBatch(await purgeIdempotencyKeys(db, PURGE_BATCH));
}

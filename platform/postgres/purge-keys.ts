import { purgeIdempotencyKeys } from '@gozon/postgres-idempotency';
import type { QueryExecutorProvider } from 'kysely';
import { PURGE_BATCH, purgedBatch } from './enforce-retention.ts';
import type { PurgedBatch } from './enforce-retention.ts';

/** Deletes a batch of the keys that are past their retention. */
export async function purgeKeys(db: QueryExecutorProvider): Promise<PurgedBatch> {
  return purgedBatch(await purgeIdempotencyKeys(db, PURGE_BATCH));
}

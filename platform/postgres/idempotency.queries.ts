import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { PURGE_BATCH, purgedBatch } from './enforce-retention.ts';
import type { PurgedBatch } from './enforce-retention.ts';

/** How long a key can be used again. */
const KEPT = '24 hours';

/**
 * Deletes a batch of the keys that are older than 24 hours, by where they are stored: a key never changes. For a thousand keys
 * by their names PostgreSQL would rather read the whole table.
 */
export async function purgeIdempotencyKeys(db: QueryExecutorProvider): Promise<PurgedBatch> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys
    where ctid = any(array(
      select ctid from idempotency_keys
      where created_at < now() - ${KEPT}::interval
      order by created_at limit ${PURGE_BATCH}
      for update skip locked
    ))`.execute(db);
  return purgedBatch(numAffectedRows);
}

import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';

/** How long a key can be used again. */
const KEPT = '24 hours';

/**
 * Deletes at most so many of the keys that are older than 24 hours, by where they are stored: a key never changes. For a
 * thousand keys by their names PostgreSQL would rather read the whole table.
 * @returns how many; as many as the limit means that there may be more
 */
export async function purgeIdempotencyKeys(db: QueryExecutorProvider, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys
    where ctid = any(array(
      select ctid from idempotency_keys
      where created_at < now() - ${KEPT}::interval
      order by created_at limit ${limit}
      for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

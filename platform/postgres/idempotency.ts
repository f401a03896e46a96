import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { problems } from '#contracts/http/problems.ts';
import type { Refusals } from './refusals.ts';
import { PURGE_BATCH, purgedBatch } from './retention.ts';
import type { PurgedBatch } from './retention.ts';

/** What the database function idempotency_begin refuses. */
export const IDEMPOTENCY_REFUSALS = {
  GZ409: problems.idempotencyKeyInFlight,
  GZ422: problems.idempotencyKeyReused,
} as const satisfies Refusals;

/** How long a key can be used again. */
const KEPT = '24 hours';

/** Deletes a batch of the keys that are older than 24 hours. */
export async function purgeIdempotencyKeys(db: QueryExecutorProvider): Promise<PurgedBatch> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys
    where (scope, key) in (
      select scope, key from idempotency_keys
      where created_at < now() - ${KEPT}::interval
      order by created_at limit ${PURGE_BATCH}
      for update skip locked
    )`.execute(db);
  return purgedBatch(numAffectedRows);
}

/** The reply of a database function that can be called again, and whether it is the reply to an earlier call. */
export interface Replayable<Reply> {
  readonly reply: Reply;
  readonly replayed: boolean;
}

/** Converts the one row that such a function returned. */
export function toReplayable<Row, Reply>(
  [row]: readonly Replayable<Row>[],
  toReply: (row: Row) => Reply,
): Replayable<Reply> {
  if (!row) throw new Error('the database function returned no row');
  return { reply: toReply(row.reply), replayed: row.replayed };
}

/** What identifies a repeated POST: the client's key and a hash of its request. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: Buffer;
}

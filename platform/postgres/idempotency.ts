import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { problems } from '#contracts/http/problems.ts';
import { toJson } from '#contracts/values/to-json.ts';
import type { Context } from '../http/serve.ts';
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

/** What a database function answers that can be repeated: the first reply, and whether this is a repeat of it. */
export interface Replayable<Reply> {
  readonly reply: Reply;
  readonly replayed: boolean;
}

/** What such a function returned, which is one row, as the reply that it is. */
export function toReplayable<Row, Reply>(
  [row]: readonly Replayable<Row>[],
  toReply: (row: Row) => Reply,
): Replayable<Reply> {
  if (!row) throw new Error('the database function returned no row');
  return { reply: toReply(row.reply), replayed: row.replayed };
}

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** What makes a repeated POST one: the client's key, and a hash of what it asked for. Absent without the header. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: Buffer;
}

/**
 * The Idempotency-Key of a POST (IETF draft httpapi-idempotency-key-header), with a hash of the validated request.
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

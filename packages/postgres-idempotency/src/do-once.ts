import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { Idempotency } from './idempotency-key.ts';
import type { Replayable } from './replayable.ts';

/** The SQLSTATE by which idempotency_begin() refuses while a request with the same key is under way: 409, come again. */
export const KEY_IN_FLIGHT = 'GZ409';
/** The SQLSTATE by which it refuses a key that was used for another request: 422. */
export const KEY_REUSED = 'GZ422';

export interface DoOnceOptions {
  /** Whose key it is, and for what, such as a user and a route. */
  readonly scope: string;
  /** Undefined for a request without a key: its work is done each time. */
  readonly idempotency: Idempotency | undefined;
}

/**
 * Does work once for a key, in the caller's transaction, and stores its reply with it. A repeat gets that reply, and its work is
 * not done. When the transaction is rolled back, nothing was done and nothing is stored.
 *
 * A service whose work is one SQL function calls idempotency_begin() and idempotency_finish() there, in one round trip.
 * @param work its reply is JSON, since a repeat gets what PostgreSQL stored of it
 * @throws the driver's error, whose code is {@link KEY_IN_FLIGHT} or {@link KEY_REUSED}
 */
export async function doOnce<Reply>(
  transaction: QueryExecutorProvider,
  { scope, idempotency }: DoOnceOptions,
  work: () => Promise<Reply>,
): Promise<Replayable<Reply>> {
  if (idempotency === undefined) return { reply: await work(), replayed: false };
  const { key, requestHash } = idempotency;
  // As text, which no plugin and no parser of a type changes.
  const { rows } = await sql<{ reply: string | null }>`
    select idempotency_begin(${scope}, ${key}, ${requestHash})::text as reply`.execute(transaction);
  const stored = rows[0]?.reply ?? undefined;
  if (stored !== undefined) return { reply: JSON.parse(stored) as Reply, replayed: true };
  const reply = await work();
  await sql`
    select idempotency_finish(${scope}, ${key}, ${requestHash}, ${JSON.stringify(reply)}::jsonb)`.execute(
    transaction,
  );
  return { reply, replayed: false };
}

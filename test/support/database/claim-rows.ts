import type { QueryExecutorProvider } from 'kysely';
import { claimDueRows, FROM_THE_FIRST } from '#packages/temporal-outbox/src/claim.queries.ts';
import type { ClaimedRow, ClaimOptions } from '#packages/temporal-outbox/src/claim.queries.ts';

/** Claims as a relay that has nothing in flight and no bound for a key, unless told otherwise. */
export async function claimRows(
  db: QueryExecutorProvider,
  {
    kinds = ['pay', 'cancel'],
    limit = 100,
    lease = 600_000,
    keys = UNBOUNDED,
    from = FROM_THE_FIRST,
  }: Partial<ClaimOptions> = {},
): Promise<ClaimedRow[]> {
  return (await claimDueRows(db, { kinds, limit, lease, keys, from })).rows;
}

const UNBOUNDED = { mostOfKey: 1_000_000, inFlight: new Map<string, number>() };

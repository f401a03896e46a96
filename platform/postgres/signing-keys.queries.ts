import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { toPads } from '../process/signing-keys.ts';

/**
 * Makes the keys of the setting those of the database, whose functions sign and verify with them. Only the owner of the
 * database can read them there.
 */
export async function storeSigningKeys(db: QueryExecutorProvider, keys: readonly string[]): Promise<void> {
  const pads = keys.map(toPads);
  await sql`
    with gone as (delete from signing_keys where place >= ${keys.length})
    insert into signing_keys (place, inner_pad, outer_pad)
    select place - 1, inner_pad, outer_pad
    from unnest(${pads.map(({ inner }) => inner)}::bytea[], ${pads.map(({ outer }) => outer)}::bytea[])
      with ordinality as given (inner_pad, outer_pad, place)
    on conflict (place) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad`.execute(
    db,
  );
}

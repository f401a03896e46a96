import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';

/** What keeps dead rows of a database the longest. */
export interface OldestSnapshot {
  /** In words: a process of PostgreSQL with its application, a prepared transaction, or a replication slot. */
  readonly holder: string;
  /** How many transactions of the whole server have begun since. */
  readonly transactions: number;
}

/**
 * Finds what keeps dead rows of this database the longest. Any role may see all of it, but not since when. Left out, since
 * they keep nothing here: sessions in other databases, sessions that run VACUUM, and a slot's `catalog_xmin`, which keeps
 * rows of the catalogue only. A session without a database is a standby's, whose feedback counts everywhere.
 */
export async function findOldestSnapshot(db: QueryExecutorProvider): Promise<OldestSnapshot | undefined> {
  const { rows } = await sql<OldestSnapshot>`
    select holder, transactions from (
      select 'process ' || pid || ' of PostgreSQL' || coalesce(' (' || nullif(application_name, '') || ')', '') as holder,
             greatest(age(backend_xmin), age(backend_xid)) as transactions
      from pg_stat_activity
      where (datid is null or datname = current_database()) and pid <> pg_backend_pid()
        and pid not in (select pid from pg_stat_progress_vacuum)
      union all
      select 'the prepared transaction ' || gid, age(transaction) from pg_prepared_xacts
      where database = current_database()
      union all
      select 'the replication slot ' || slot_name, age(xmin) from pg_replication_slots
    ) as held
    where transactions is not null
    order by transactions desc limit 1`.execute(db);
  return rows[0];
}

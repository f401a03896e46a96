import { sql } from 'kysely';
import type { Kysely } from 'kysely';

export interface IndexToBuild {
  readonly name: string;
  readonly table: string;
  /** The columns, in parentheses, and what may follow them. */
  readonly definition: string;
}

/**
 * Builds an index while other copies use its table, outside of any transaction: `create index` in a migration would hold
 * up every write until the whole index is built. It may take longer than any statement timeout. Does nothing when the
 * index is there, or when its table is not. A build that was cut off leaves an invalid index, which is built again.
 * @throws DatabaseError 55P03 `lock_not_available` while another copy builds an index
 */
export async function buildIndex<Tables>(
  db: Kysely<Tables>,
  { name, table, definition }: IndexToBuild,
): Promise<void> {
  await db.connection().execute(async (session) => {
    const { rows } = await sql<{ isMissing: boolean; timeout: string }>`
      select to_regclass(${table}) is not null
               and not exists (select from pg_index where indexrelid = to_regclass(${name}) and indisvalid) as is_missing,
             current_setting('statement_timeout') as timeout`.execute(session);
    const [found] = rows;
    if (!found?.isMissing) return;
    await sql`
      do $$ begin
        -- Not awaited: the build waits for every open transaction, also for one that waits for this lock.
        if not pg_try_advisory_lock(hashtextextended('build an index', 0)) then
          raise lock_not_available using message = 'another copy builds an index';
        end if;
      end $$`.execute(session);
    try {
      await sql`set statement_timeout = 0`.execute(session);
      await sql`drop index concurrently if exists ${sql.id(name)}`.execute(session);
      await sql`create index concurrently ${sql.id(name)} on ${sql.id(table)} ${sql.raw(definition)}`.execute(
        session,
      );
    } finally {
      await sql`select set_config('statement_timeout', ${found.timeout}, false), pg_advisory_unlock_all()`.execute(
        session,
      );
    }
  });
}

import type pg from 'pg';

/** Tells PostgreSQL to count statements or not. Not to costs nothing. @param superuser in the database postgres */
export async function countStatements(superuser: pg.Client, whether: boolean): Promise<void> {
  if (whether) {
    await superuser.query('create extension if not exists pg_stat_statements');
    await superuser.query('alter system reset all');
  } else {
    await superuser.query(`alter system set pg_stat_statements.track = 'none'`);
    await superuser.query(`alter system set compute_query_id = 'off'`);
  }
  await superuser.query('select pg_reload_conf()');
}

/**
 * How many there have been: statements as clients send them, but for those of this client; and transactions that wrote,
 * each of which waits for the disk. Both are exact at once. The commits of pg_stat_database are not, since a session
 * tells of its own up to 10 s later.
 */
export async function readStatements(superuser: pg.Client): Promise<Readonly<Record<string, number>>> {
  const { rows } = await superuser.query<{ statements: number; writes: number }>(`
    select (select coalesce(sum(calls), 0) from pg_stat_statements where dbid <> (
              select oid from pg_database where datname = current_database()))::float8 as statements,
           pg_snapshot_xmax(pg_current_snapshot())::text::float8 as writes`);
  return {
    'PostgreSQL: statements': rows[0]?.statements ?? Number.NaN,
    'PostgreSQL: transactions that write': rows[0]?.writes ?? Number.NaN,
  };
}

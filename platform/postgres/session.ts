import pg from 'pg';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';
import { OutageError } from '../process/classify-error.ts';
import { describeError } from '../process/describe-error.ts';

/** How long PostgreSQL keeps an idle session, in ms: a client whose disconnect was lost must not keep it. */
export const ORPHANED = 60_000;

/**
 * What our statements rely on, whatever the defaults of the server, the database or the role are: how values are written
 * and read, where names are looked up, and what a transaction sees. Time limits that somebody set for other clients
 * would be outages here, so only our own hold.
 */
const RELIED_ON = {
  search_path: 'public',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  // A plan without the values may read a whole table for a page of it.
  plan_cache_mode: 'auto',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_session_timeout: String(ORPHANED),
} as const;

/** Raises what a write would raise where only reads are possible: on a standby, or while writes are switched off. */
export const REQUIRE_WRITES = `do $$ begin
  if current_setting('transaction_read_only')::boolean then
    raise read_only_sql_transaction using message = 'the database accepts no writes at present';
  end if;
end $$`;

/** Tells servers apart: when a session's server was started, in s. By its address one server would look like several. */
const SERVER = 'extract(epoch from pg_postmaster_start_time())::text';

type Session = Pick<pg.Client, 'query'>;

/**
 * Prepares a session that has just been opened. By statements and not by start-up parameters, most of which a pooler
 * refuses.
 * @returns which server the session is on, another one after a failover, and which of its backends it has
 * @throws DatabaseError 25006 when the server accepts reads only: it may be the old primary of a failover
 */
export async function prepareSession(
  session: Session,
  deadlines: DatabaseDeadlines,
): Promise<{ server: string; backend: number }> {
  const settings = {
    ...RELIED_ON,
    statement_timeout: String(deadlines.statement),
    // A client that died in a transaction must not keep its locks.
    idle_in_transaction_session_timeout: String(deadlines.query),
  };
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, false)`,
  );
  // Durability may be more than `on`, but not less: what was acknowledged must survive a crash and, with a synchronous
  // replica, a failover. `local` and `remote_write` are less.
  const durable = `case when current_setting('synchronous_commit') not in ('on', 'remote_apply')
    then set_config('synchronous_commit', 'on', false) end`;
  // Of several statements pg gives several results, which its types do not know.
  const [prepared] = (await session.query(
    `select ${[...calls, durable].join(', ')}, ${SERVER} as server, pg_backend_pid() as backend;
     ${REQUIRE_WRITES}`,
  )) as unknown as [pg.QueryResult<{ server: string; backend: number }>];
  return prepared.rows[0] ?? { server: '', backend: 0 };
}

/** @throws what makes the session useless: it does not answer, or it accepts reads only */
export async function probeSession(session: Session): Promise<void> {
  await session.query(REQUIRE_WRITES);
}

/**
 * SQLSTATEs after which a session is over, or never serves again: the server ended it, or it is on a server that became
 * read-only, where old sessions may stay open.
 */
const OVER = /^(08|28|57P|25P03|25P04|25006)/;

/** Whether a session can no longer serve after this error of a query. An error of the connection itself counts too. */
export function isSessionOver(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || OVER.test(error.code ?? '');
}

/** Whether this error means that the server's other sessions are useless too, although they still answer. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '25006';
}

/**
 * An error of the driver that is not the server's answer, with an outage's meaning: the connection ended, or was silent.
 * A mistake of the caller stays as it is.
 */
export function toOutage(error: unknown): unknown {
  const isOurs = error instanceof TypeError || error instanceof RangeError;
  if (error instanceof pg.DatabaseError || isOurs || !(error instanceof Error)) return error;
  return new OutageError(describeError(error), { cause: error });
}

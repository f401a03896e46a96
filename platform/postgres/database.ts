import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely';
import type { PostgresPoolClient, QueryExecutorProvider } from 'kysely';
import pg from 'pg';
import { REQUEST_DATABASE } from '#contracts/values/deadlines.ts';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';
import type { Logger } from '../process/logger.ts';

export type { Kysely } from 'kysely';

const INT8_OID = 20;

/** How long PostgreSQL keeps an idle session, in ms. */
const ORPHANED = 60_000;

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly log: Logger;
  readonly deadlines?: DatabaseDeadlines;
  /** The most connections. */
  readonly size?: number;
}

/** The database, closed by the code that opened it. */
export type OpenDatabase<Tables> = Kysely<Tables> & AsyncDisposable;

/** A pool of connections; bigint columns are bigint, snake_case columns camelCase. Connects at first use. */
export function openDatabase<Tables>(options: DatabaseOptions): OpenDatabase<Tables> {
  const deadlines = options.deadlines ?? REQUEST_DATABASE;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.size ?? 20,
    connectionTimeoutMillis: deadlines.connect,
    statement_timeout: deadlines.statement,
    query_timeout: deadlines.query,
    // A client that died in a transaction must not keep its locks.
    idle_in_transaction_session_timeout: deadlines.query,
    // Nor may a client whose disconnect was lost keep its session. The pool itself closes connections idle for 10 s.
    options: `-c idle_session_timeout=${ORPHANED}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced at the next use. Without a listener the event would end the process.
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection broke'));
  // Between two queries of one user the pool does not listen. The next query on a broken connection fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: dropBrokenConnections(pool) }),
    plugins: [new CamelCasePlugin()],
  });
  return Object.assign(db, { [Symbol.asyncDispose]: async () => db.destroy() });
}

/**
 * Kysely returns a connection to the pool whatever happened on it. After a client-side timeout the old reply may still be
 * on its way, and every later query would wait behind it. Such a connection is closed instead.
 */
function dropBrokenConnections(pool: pg.Pool) {
  return {
    async connect(): Promise<PostgresPoolClient> {
      const client = await pool.connect();
      let broken: Error | undefined;
      const query = async (text: string, values?: readonly unknown[]) => {
        try {
          return await client.query(text, values as unknown[]);
        } catch (error) {
          if (!(error instanceof pg.DatabaseError)) broken = error as Error;
          throw error;
        }
      };
      return { query, release: () => client.release(broken) } as unknown as PostgresPoolClient;
    },
    end: async () => pool.end(),
  };
}

const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8_OID && format !== 'binary'
    ? BigInt
    : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;

/** Fails when the database cannot answer. */
export async function probeDatabase(db: QueryExecutorProvider): Promise<void> {
  await sql`select 1`.execute(db);
}

/** SQLSTATEs of a database that is away, busy or stopping, rather than of a wrong statement. */
const OUTAGE_STATES = /^(08|53|57P|57014|55P03|40001|40P01|25P03)/;

/** Whether PostgreSQL, or the network to it, is away: a reason to retry or to answer 503, never to refuse. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return OUTAGE_STATES.test(error.code ?? '');
  if (error instanceof AggregateError) return error.errors.some(isDatabaseOutage);
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return (
    /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable/i.test(
      error.message,
    )
  );
}

/** The SQLSTATE of a refusal that our own database functions raised, such as GZ001; undefined for anything else. */
export function refusalCode(error: unknown): string | undefined {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  return code?.startsWith('GZ') ? code : undefined;
}

/** Whether the database refuses the data itself (SQLSTATE classes 22 and 23): trying again would not help. */
export function isDataFault(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && /^(22|23)/.test(error.code ?? '');
}

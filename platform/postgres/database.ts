import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely';
import type { PostgresPoolClient, QueryExecutorProvider } from 'kysely';
import pg from 'pg';
import { REQUEST_DATABASE } from '#contracts/values/deadlines.ts';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';
import type { Logger } from '../process/logger.ts';
import { isReadOnly, isSessionOver, prepareSession, REQUIRE_WRITES, toOutage } from './session.ts';

export type { Kysely } from 'kysely';

const INT8_OID = 20;

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
    query_timeout: deadlines.query,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced at the next use. Without a listener the event would end the process.
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection broke'));
  // Between two queries of one user the pool does not listen. The next query on a broken connection fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: onlyUsableSessions(pool, deadlines) }),
    plugins: [new CamelCasePlugin()],
  });
  return Object.assign(db, { [Symbol.asyncDispose]: async () => db.destroy() });
}

/**
 * Gives out sessions that are prepared, and closes those that can no longer serve. Kysely would return each to the pool
 * whatever happened on it. After a client-side timeout the old reply may still be on its way, and every later query would
 * wait behind it. After a failover the old sessions may stay open on a server that has become read-only: when one of
 * them says so, all that were opened before are given up.
 */
function onlyUsableSessions(pool: pg.Pool, deadlines: DatabaseDeadlines) {
  const preparedAt = new WeakMap<pg.PoolClient, number>();
  let readOnlySeen = 0;

  async function openSession(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await pool.connect();
      const prepared = preparedAt.get(client);
      if (prepared === readOnlySeen) return client;
      if (prepared !== undefined) {
        client.release(true);
        continue;
      }
      preparedAt.set(client, readOnlySeen);
      try {
        await prepareSession(client, deadlines);
        return client;
      } catch (error) {
        client.release(true);
        throw error;
      }
    }
  }

  return {
    async connect(): Promise<PostgresPoolClient> {
      const client = await openSession().catch((error: unknown) => {
        throw toOutage(error);
      });
      let over = false;
      const query = async (text: string, values?: readonly unknown[]) => {
        try {
          return await client.query(text, values as unknown[]);
        } catch (error) {
          over ||= isSessionOver(error);
          // Once for all that were opened before, and not again for each of them.
          if (isReadOnly(error) && preparedAt.get(client) === readOnlySeen) readOnlySeen += 1;
          throw toOutage(error);
        }
      };
      return { query, release: () => client.release(over) } as unknown as PostgresPoolClient;
    },
    end: async () => pool.end(),
  };
}

const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8_OID && format !== 'binary'
    ? BigInt
    : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;

/** Fails when the database cannot answer, or accepts no writes. */
export async function probeDatabase(db: QueryExecutorProvider): Promise<void> {
  await sql.raw(REQUIRE_WRITES).execute(db);
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

/** Whether a lock did not become free within `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03';
}

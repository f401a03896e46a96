import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely';
import type { PostgresPoolClient, QueryExecutorProvider } from 'kysely';
import pg from 'pg';
import { REQUEST_DATABASE } from '#contracts/values/deadlines.ts';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';
import type { Logger } from '../process/logger.ts';
import { inChildSpan } from '../tracing/spans.ts';
import { exposePool } from './expose-pools.ts';
import { isPooled, requireSessionMode } from './pooler.ts';
import { queryPrepared } from './query-prepared.ts';
import { isReadOnly, isSessionOver, ORPHANED, prepareSession, REQUIRE_WRITES, toOutage } from './session.ts';
import { statementSpan } from './statement-span.ts';

export type { Kysely } from 'kysely';

const INT8_OID = 20;

/**
 * How long a session may be idle, in ms: less than the server allows. A new one costs several times the CPU of an order, for its
 * login and its plans.
 */
const IDLE = ORPHANED - 10_000;

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
    idleTimeoutMillis: IDLE,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced at the next use. Without a listener the event would end the process.
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection broke'));
  // Between two queries of one user the pool does not listen. The next query on a broken connection fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: onlyUsableSessions(pool, deadlines, options) }),
    plugins: [new CamelCasePlugin()],
  });
  const conceal = exposePool(pool, new URL(options.url).pathname.slice(1));
  return Object.assign(db, {
    async [Symbol.asyncDispose]() {
      conceal();
      await db.destroy();
    },
  });
}

/**
 * Gives out sessions that are prepared, and closes those that can no longer serve. Kysely would return each to the pool
 * whatever happened on it. After a client-side timeout the old reply may still be on its way, and every later query would
 * wait behind it. After a failover the old sessions may stay open on the old primary: when one of them says that it is
 * read-only, or when a new session is on another server, all that were opened before are given up. Nobody need have told
 * the old primary. It would refuse by what it knows, such as an account that was opened since, although it can no longer
 * commit.
 */
function onlyUsableSessions(pool: pg.Pool, deadlines: DatabaseDeadlines, options: DatabaseOptions) {
  const { log } = options;
  /** The era in which each session was opened. With a new era all sessions of those before are useless. */
  const eras = new WeakMap<pg.PoolClient, number>();
  let era = 0;
  let server: string | undefined;
  /** Known from the first session on: whether a pooler, if there is one, gives each of them a session of the server. */
  let isInSessionMode = false;

  function noteServer(client: pg.PoolClient, found: string): void {
    if (server !== undefined && server !== found) {
      era += 1;
      eras.set(client, era);
      log.warn('the database is another server: sessions on the one before are given up');
    }
    server = found;
  }

  async function openSession(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await pool.connect();
      const opened = eras.get(client);
      if (opened === era) return client;
      if (opened !== undefined) {
        client.release(true);
        continue;
      }
      eras.set(client, era);
      try {
        const { server: found, backend } = await prepareSession(client, deadlines);
        noteServer(client, found);
        if (!isInSessionMode && isPooled(client, backend))
          await requireSessionMode(client, { ...options, deadlines });
        isInSessionMode = true;
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
      const run = async (text: string, values?: readonly unknown[]) => {
        try {
          return await queryPrepared(client, text, values, () => {
            over = true;
          });
        } catch (error) {
          over ||= isSessionOver(error);
          // Once for all that were opened before, and not again for each of them.
          if (isReadOnly(error) && eras.get(client) === era) era += 1;
          throw toOutage(error);
        }
      };
      const query = async (text: string, values?: readonly unknown[]) =>
        inChildSpan(
          () => statementSpan(text, client),
          async () => run(text, values),
        );
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

/** The DETAIL of such a refusal; empty when it has none. */
export function refusalDetail(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.detail ?? '') : '';
}

/** Whether the database refuses the data itself (SQLSTATE classes 22 and 23): trying again would not help. */
export function isDataFault(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && /^(22|23)/.test(error.code ?? '');
}

/** Whether a statement took longer than `statement_timeout`, or somebody cancelled it. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '57014';
}

/** Whether a lock did not become free within `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03';
}

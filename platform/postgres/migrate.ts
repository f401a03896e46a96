import { backOff, pause } from '@gozon/timing';
import { Migrator } from 'kysely';
import type { Kysely, Migration, QueryExecutorProvider } from 'kysely';
import { MIGRATION_DATABASE } from '#contracts/values/deadlines.ts';
import { isOutage, OutageError } from '../process/classify-error.ts';
import { describeError } from '../process/describe-error.ts';
import type { RoleState } from '../process/health.ts';
import type { Logger } from '../process/logger.ts';
import { buildIndex } from './build-index.ts';
import type { IndexToBuild } from './build-index.ts';
import { openDatabase } from './database.ts';

export interface IndexedMigration extends Migration {
  /**
   * Built before the migrations while older copies serve, if their tables are there already. The migration creates those
   * that do not exist by then.
   */
  readonly indexes?: readonly IndexToBuild[];
}

/**
 * Brings a schema up to this copy's migrations, waiting with back-off for as long as the database is away, or is another
 * service's. Several copies may start at once: kysely's migrator holds an advisory lock. Any other error is a bug, and thrown.
 */
export async function migrateWhenPossible(options: {
  url: string;
  name: string;
  migrations: Record<string, IndexedMigration>;
  log: Logger;
  /** What the database must hold beside its schema before it is used. */
  afterwards?: (db: QueryExecutorProvider) => Promise<void>;
  onState: (state: RoleState) => void;
  signal: AbortSignal;
}): Promise<void> {
  await using db = openDatabase<MigrationTables>({
    url: options.url,
    name: `${options.name} (migrate)`,
    log: options.log,
    deadlines: MIGRATION_DATABASE,
    size: 2,
  });
  for (let failures = 1; !options.signal.aborted; failures++) {
    try {
      await migrate(db, options.migrations, options.log);
      await options.afterwards?.(db);
      options.onState({ ready: true });
      return;
    } catch (error) {
      if (!isOutage(error)) throw error;
      options.onState({ ready: false, reason: describeError(error) });
      // Only the log may name it: anybody may read a role's reason.
      const { host, pathname } = new URL(options.url);
      options.log.warn(
        { err: error, database: host + pathname },
        'the schema cannot be migrated yet, trying again',
      );
      await pause(backOff(failures, { min: 100, max: 3_000 }), options.signal);
    }
  }
}

/**
 * A schema that is ahead is left as it is. Migrations first expand and later contract, so an older copy can use it, while
 * kysely's migrator alone would refuse to start.
 */
async function migrate(
  db: Kysely<MigrationTables>,
  migrations: Record<string, IndexedMigration>,
  log: Logger,
): Promise<void> {
  const isAhead = (names: readonly string[]) => names.some((name) => !(name in migrations));
  const ahead = 'the schema is ahead of this copy: starting without migrating';
  const applied = await appliedMigrations(db);
  // An outage and not a fault of the settings: a pooler, or a restore, may lead to the right one later.
  if (applied.length > 0 && !applied.some((name) => name in migrations))
    throw new OutageError(
      'this is the database of another service: DATABASE_URL must name the one of this service',
    );
  if (isAhead(applied)) {
    log.warn(ahead);
    return;
  }
  const pending = Object.entries(migrations).filter(([name]) => !applied.includes(name));
  for (const index of pending.flatMap(([, { indexes }]) => indexes ?? [])) await buildIndex(db, index);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  for (const result of results ?? []) log.info(result, 'migration');
  if (error === undefined) return;
  // A newer copy that started at the same moment may have migrated while this one waited for the lock.
  if (isOutage(error) || !isAhead(await appliedMigrations(db))) throw error;
  log.warn(ahead);
}

interface MigrationTables {
  kyselyMigration: { name: string };
}

async function appliedMigrations(db: Kysely<MigrationTables>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const applied = await db.selectFrom('kyselyMigration').select('name').execute();
  return applied.map(({ name }) => name);
}

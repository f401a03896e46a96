import { Migrator } from 'kysely';
import type { Kysely, Migration } from 'kysely';
import { MIGRATION_DATABASE } from '#contracts/values/deadlines.ts';
import { isOutage } from '../process/classify-error.ts';
import { describeError } from '../process/describe-error.ts';
import type { RoleState } from '../process/health.ts';
import { pause } from '../process/lifecycle.ts';
import type { Logger } from '../process/logger.ts';
import { backOff } from '../timing/back-off.ts';
import { openDatabase } from './database.ts';

/**
 * Brings a schema up to this copy's migrations, waiting with back-off for as long as the database is away. Several
 * copies may start at once: kysely's migrator holds an advisory lock. Any other error is a bug, and thrown.
 */
export async function migrateWhenPossible(options: {
  url: string;
  name: string;
  migrations: Record<string, Migration>;
  log: Logger;
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
      options.onState({ ready: true });
      return;
    } catch (error) {
      if (!isOutage(error)) throw error;
      options.onState({ ready: false, reason: describeError(error) });
      options.log.warn({ err: error }, 'the database is away, migrating later');
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
  migrations: Record<string, Migration>,
  log: Logger,
): Promise<void> {
  const isAhead = async () => schemaIsAhead(db, new Set(Object.keys(migrations)));
  const ahead = 'the schema is ahead of this copy: starting without migrating';
  if (await isAhead()) {
    log.warn(ahead);
    return;
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  for (const result of results ?? []) log.info(result, 'migration');
  if (error === undefined) return;
  // A newer copy that started at the same moment may have migrated while this one waited for the lock.
  if (isOutage(error) || !(await isAhead())) throw error;
  log.warn(ahead);
}

interface MigrationTables {
  kyselyMigration: { name: string };
}

async function schemaIsAhead(db: Kysely<MigrationTables>, known: Set<string>): Promise<boolean> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return false;
  const applied = await db.selectFrom('kyselyMigration').select('name').execute();
  return applied.some(({ name }) => !known.has(name));
}

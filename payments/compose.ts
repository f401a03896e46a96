import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { createCursors } from '#platform/http/cursors.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { enforceRetention } from '#platform/postgres/enforce-retention.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { purgeKeys } from '#platform/postgres/purge-keys.ts';
import { storeSigningKeys } from '#platform/postgres/signing-keys.queries.ts';
import { watchOldestSnapshot } from '#platform/postgres/watch-oldest-snapshot.ts';
import type { ProcessContext } from '#platform/process/run-process.ts';
import { accountsRoutes } from './account/accounts.routes.ts';
import { paymentsMigrations } from './migrations.ts';
import { decisionsRoutes } from './payment/decisions.routes.ts';
import type { PaymentsTables } from './schema.ts';
import type { PaymentsConfig } from './settings.ts';
import { settlementRoutes } from './settlement/settlement.routes.ts';
import { takeTurns } from './take-turns.ts';

/** The service payments: the accounts API, the decisions that other services ask for, and the purge of old keys. */
export async function composePayments({
  config,
  log,
  health,
  stack,
  signal,
}: ProcessContext<PaymentsConfig>): Promise<void> {
  const db = stack.use(openDatabase<PaymentsTables>({ url: config.DATABASE_URL, name: 'payments', log }));
  const oldestSnapshot = stack.use(watchOldestSnapshot(db, log));
  health.check(
    HEALTH_ROLES.database,
    async () => {
      await probeDatabase(db);
      return oldestSnapshot.warning();
    },
    { serves: true },
  );
  const migrated = migrateWhenPossible({
    url: config.DATABASE_URL,
    name: 'payments',
    migrations: paymentsMigrations,
    afterwards: async (owner) => storeSigningKeys(owner, config.SIGNING_KEYS),
    log,
    onState: health.role(HEALTH_ROLES.schema, { serves: true }),
    signal,
  });
  const turns = takeTurns(signal);
  const routes = [
    accountsRoutes({
      db,
      currency: config.CURRENCY,
      cursors: createCursors('statement', config.SERVICE_SECRET),
      turns,
      signal,
    }),
    settlementRoutes({ db, turns, signal }),
    decisionsRoutes({ db }),
  ];
  stack.use(await serveRoutes(routes, { config, log, health, signal, migrated }));
  await migrated;
  if (signal.aborted) return;
  stack.use(enforceRetention({ 'idempotency keys': async () => purgeKeys(db) }, log));
}

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { QueryExecutorProvider } from 'kysely';
import pg from 'pg';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { newId } from '#contracts/values/ids.ts';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { createDatabases } from '#deploy/create-databases.ts';
import { ordersMigrations } from '#orders/migrations.ts';
import type { OrdersTables } from '#orders/schema.ts';
import { openAccount } from '#payments/account/open-account.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { paymentsMigrations } from '#payments/migrations.ts';
import type { PaymentsTables } from '#payments/schema.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import type { OpenDatabase } from '#platform/postgres/database.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { storeSigningKeys } from '#platform/postgres/signing-keys.queries.ts';
import { createLogger } from '#platform/process/logger.ts';
import { homeFolder, artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { startKafka } from '#tools/stack/components/kafka.ts';
import { startPostgres, superuserUrl } from '#tools/stack/components/postgres.ts';
import { serviceEnvironments } from '#tools/stack/components/service-environments.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import type { Running } from '#tools/stack/processes/launch.ts';
import { clearStaleRegistry, acquireSupervisorLock } from '#tools/stack/processes/supervisor-lock.ts';
import { findFreePorts, freePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { countStatements } from './measure/statements.ts';

/** PostgreSQL, Kafka and Temporal of the bench's own, as npm start configures them, and the databases in them. */
export interface Rig extends AsyncDisposable {
  readonly settings: Settings;
  readonly signingKeys: readonly string[];
  readonly environments: ReturnType<typeof serviceEnvironments>;
  readonly ordersDb: OpenDatabase<OrdersTables>;
  /** The orders database as the relay sees it. */
  readonly outboxDb: OpenDatabase<unknown>;
  readonly paymentsDb: OpenDatabase<PaymentsTables>;
  readonly kafka: KafkaOptions;
  /** host:port */
  readonly temporal: string;
  /** Of PostgreSQL, in the database postgres. */
  readonly superuser: pg.Client;
  /** What all peers share. */
  readonly servers: Readonly<Record<'postgres' | 'kafka' | 'temporal', Running>>;
  /** Where Kafka tells clients to come back to that came to its port `from`: to `to`, where somebody counts requests. */
  readonly counted: { readonly from: number; readonly to: number };
  /** A customer with more money than any round spends. */
  openCustomer: () => Promise<string>;
}

export const log = createLogger('bench', 'fatal');

const CONNECTIONS = 32;

/** @param home a folder of its own, which is removed with the rig */
export async function openRig(home = path.join(homeFolder().home, 'bench-run')): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  // What a run left that was killed would be another's data.
  await clearStaleRegistry(home, console.error);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  stack.use(await acquireSupervisorLock(home));
  const settings = readSettings({ ...(await freePorts()), GOZON_HOME: home, GOZON_PARTS: artifactsFolder() });
  const secrets = readSecrets(settings);
  const temporal = `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}`;
  const [from = 0, to = 0] = await findFreePorts(2);
  const [postgres, kafkaServer, temporalServer] = await Promise.all([
    startPostgres(settings, {
      name: 'postgres',
      port: settings.ports.POSTGRES_PORT,
      // Loaded at the start or not at all.
      settings: { shared_preload_libraries: 'pg_stat_statements' },
    }),
    startKafka(settings, { extraListeners: [{ port: from, advertisedPort: to }] }),
    startTemporal(settings),
  ]);
  const superuser = new pg.Client({ connectionString: postgres.url });
  await superuser.connect();
  stack.defer(async () => superuser.end());
  await countStatements(superuser, false);
  await Promise.all([
    createDatabases(superuserUrl(settings), secrets),
    configureTemporal({ address: temporal }),
  ]);
  const kafka = { brokers: [`${LOOPBACK}:${settings.ports.KAFKA_PORT}`], clientId: 'bench', log };
  await ensureTopics(kafka, [PAYMENT_STATUS_TOPIC]);
  const environments = serviceEnvironments(settings, secrets);
  const open = <Tables>(url = '') =>
    stack.use(openDatabase<Tables>({ url, name: 'bench', log, size: CONNECTIONS }));
  const signingKeys = [secrets.signing];
  await migrate(environments.orders['DATABASE_URL'], ordersMigrations, signingKeys);
  await migrate(environments.payments['DATABASE_URL'], paymentsMigrations, signingKeys);
  const paymentsDb = open<PaymentsTables>(environments.payments['DATABASE_URL']);
  const rig = {
    settings,
    signingKeys,
    environments,
    ordersDb: open<OrdersTables>(environments.orders['DATABASE_URL']),
    outboxDb: open<unknown>(environments.workflows['ORDERS_DATABASE_URL']),
    paymentsDb,
    kafka,
    temporal,
    superuser,
    servers: { postgres, kafka: kafkaServer, temporal: temporalServer },
    counted: { from, to },
    async openCustomer() {
      const userId = newId();
      await openAccount(paymentsDb, { userId, currency: 'EUR', shopCurrency: 'EUR', idempotency: undefined });
      await topUpAccount(paymentsDb, { userId, amount: 10n ** 9n, idempotency: undefined });
      return userId;
    },
  };
  const opened = stack.move();
  return { ...rig, [Symbol.asyncDispose]: async () => opened.disposeAsync() };
}

async function migrate(
  url = '',
  migrations: Parameters<typeof migrateWhenPossible>[0]['migrations'],
  signingKeys: readonly string[],
): Promise<void> {
  const signal = new AbortController().signal;
  const afterwards = async (db: QueryExecutorProvider) => storeSigningKeys(db, signingKeys);
  await migrateWhenPossible({ url, name: 'bench', migrations, afterwards, log, onState: () => {}, signal });
}

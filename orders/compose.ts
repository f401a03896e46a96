import { createWakeUp } from '@gozon/timing';
import { getDecisionRoute } from '#contracts/http/decisions-api.ts';
import { getRunsRoute } from '#contracts/http/runs-api.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { ORDER_EVENTS_CHANNEL } from '#contracts/values/hint-channels.ts';
import { createCursors } from '#platform/http/cursors.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { kafkaAccess } from '#platform/kafka/settings.ts';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { enforceRetention } from '#platform/postgres/enforce-retention.ts';
import { listen } from '#platform/postgres/listen.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { storeSigningKeys } from '#platform/postgres/signing-keys.queries.ts';
import { watchOldestSnapshot } from '#platform/postgres/watch-oldest-snapshot.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import type { ProcessContext } from '#platform/process/run-process.ts';
import { ordersMigrations } from './migrations.ts';
import { operatorRoutes } from './operator/operator.routes.ts';
import { ordersRoutes } from './orders.routes.ts';
import { consumePaymentEvents } from './payment-events/consume-payment-events.ts';
import type { OrdersTables } from './schema.ts';
import type { OrdersConfig } from './settings.ts';
import { createHints } from './stream/hints.ts';
import { openOrderFeed } from './stream/open-order-feed.ts';
import { createServiceClient } from './timeline/service-client.ts';
import { ordersRetention } from './upkeep/orders-retention.ts';
import { sweepRegularly } from './upkeep/sweep-undecided.ts';

/** The service orders: its API and streams, the consumer of payment events, the sweep and retention. */
export async function composeOrders(context: ProcessContext<OrdersConfig>): Promise<void> {
  const { config, log, health, stack, signal } = context;
  const database = { url: config.DATABASE_URL, name: 'orders', log };
  const kafka = { ...kafkaAccess(config), clientId: 'orders', log };
  const db = stack.use(openDatabase<OrdersTables>(database));
  const deadLetters = stack.use(openProducer(kafka));
  const hints = createHints(db, log);
  const wakeUp = createWakeUp();
  const open = stack.use(closeConcurrently());
  const oldestSnapshot = open.use(watchOldestSnapshot(db, log));
  health.check(
    HEALTH_ROLES.database,
    async () => {
      await probeDatabase(db);
      return oldestSnapshot.warning();
    },
    { serves: true },
  );
  // Roles are shown in the order of their creation.
  const onState = {
    schema: health.role(HEALTH_ROLES.schema, { serves: true }),
    consumer: health.role(HEALTH_ROLES.consumer),
    feed: health.role(HEALTH_ROLES.feed),
  };
  const migrated = migrateWhenPossible({
    ...database,
    migrations: ordersMigrations,
    afterwards: async (owner) => storeSigningKeys(owner, config.SIGNING_KEYS),
    onState: onState.schema,
    signal,
  });

  const feed = open.use(openOrderFeed({ db, wakeUp, log, ready: migrated, onState: onState.feed }));
  const routes = ordersRoutes({
    db,
    currency: config.CURRENCY,
    mostUndecided: config.MAX_UNDECIDED_ORDERS,
    captureWithin: {
      min: config.CAPTURE_WITHIN_MIN,
      max: config.CAPTURE_WITHIN_MAX,
      byDefault: config.CAPTURE_WITHIN_DEFAULT,
    },
    hint: hints.outboxWritten,
    feed,
    cursors: createCursors('orders', config.SERVICE_SECRET),
    askPayments: createServiceClient(getDecisionRoute, serviceAt(config.PAYMENTS_URL)),
    askWorkflows: createServiceClient(getRunsRoute, serviceAt(config.WORKFLOWS_URL)),
    signal,
  });
  const forOperators = operatorRoutes({
    db,
    hint: hints.outboxWritten,
    orderCursors: createCursors('orders of all', config.SERVICE_SECRET),
    actionCursors: createCursors('operator actions', config.SERVICE_SECRET),
  });
  open.use(await serveRoutes([routes, forOperators], { config, log, health, signal, migrated }));

  await migrated;
  if (signal.aborted) return;
  open.use(enforceRetention(ordersRetention(db, config.RETENTION_DAYS), log));
  open.use(
    sweepRegularly({
      db,
      log,
      every: config.SWEEP_EVERY,
      after: config.SWEEP_AFTER,
      hint: hints.outboxWritten,
    }),
  );
  open.use(listen({ ...database, channel: ORDER_EVENTS_CHANNEL, onHint: wakeUp.set }));
  open.use(
    consumePaymentEvents({
      db,
      kafka,
      deadLetters,
      signingKeys: config.SIGNING_KEYS,
      onState: onState.consumer,
      onProgress: health.role(HEALTH_ROLES.consumerProgress),
      hintChanged: hints.ordersChanged,
    }),
  );

  function serviceAt(url: string) {
    return { url, serviceSecret: config.SERVICE_SECRET };
  }
}

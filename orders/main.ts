import { getDecisionRoute } from '#contracts/http/decisions-api.ts';
import { getRunsRoute } from '#contracts/http/runs-api.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { ORDER_EVENTS_CHANNEL } from '#contracts/values/hint-channels.ts';
import { createCursors } from '#platform/http/cursors.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { kafkaAccess } from '#platform/kafka/settings.ts';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { listen } from '#platform/postgres/listen.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { enforceRetention } from '#platform/postgres/retention.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import { runProcess } from '#platform/process/run-process.ts';
import { createWakeUp } from '#platform/timing/wake-up.ts';
import { ordersMigrations } from './migrations.ts';
import { ordersRoutes } from './orders.routes.ts';
import { consumePaymentEvents } from './payment-events/consume-payment-events.ts';
import type { OrdersTables } from './schema.ts';
import { ordersSettings } from './settings.ts';
import { followOrders } from './stream/follow-orders.ts';
import { createHints } from './stream/hints.ts';
import { createServiceClient } from './timeline/service-client.ts';
import { ordersRetention } from './upkeep/retention.ts';
import { sweepRegularly } from './upkeep/sweep-undecided.ts';

await runProcess('orders', ordersSettings, async ({ config, log, health, stack, signal }) => {
  const kafka = { ...kafkaAccess(config), clientId: 'orders', log };
  const db = stack.use(openDatabase<OrdersTables>({ url: config.DATABASE_URL, name: 'orders', log }));
  const deadLetters = stack.use(openProducer(kafka));
  health.check(HEALTH_ROLES.database, async () => probeDatabase(db), { serves: true });
  const onSchema = health.role(HEALTH_ROLES.schema, { serves: true });
  const onConsumer = health.role(HEALTH_ROLES.consumer);
  const onFeed = health.role(HEALTH_ROLES.feed);
  const hints = createHints(db, log);
  const wakeUp = createWakeUp();
  const migrated = migrateWhenPossible({
    url: config.DATABASE_URL,
    name: 'orders',
    migrations: ordersMigrations,
    log,
    onState: onSchema,
    signal,
  });
  const open = stack.use(closeConcurrently());
  const feed = open.use(followOrders({ db, wakeUp, log, ready: migrated, onState: onFeed }));
  const serviceSecret = config.SERVICE_SECRET;
  const routes = ordersRoutes({
    db,
    currency: config.CURRENCY,
    hint: hints.outboxWritten,
    feed,
    cursors: createCursors('orders', serviceSecret),
    askPayments: createServiceClient(getDecisionRoute, { url: config.PAYMENTS_URL, serviceSecret }),
    askWorkflows: createServiceClient(getRunsRoute, { url: config.WORKFLOWS_URL, serviceSecret }),
    signal,
  });
  open.use(await serveRoutes([routes], { config, log, health, signal, migrated }));
  await migrated;
  if (signal.aborted) return;
  open.use(enforceRetention(ordersRetention(db, config.RETENTION_DAYS), log));
  const sweep = { every: config.SWEEP_EVERY, after: config.SWEEP_AFTER, hint: hints.outboxWritten };
  open.use(sweepRegularly({ db, log, ...sweep }));
  open.use(
    listen({
      url: config.DATABASE_URL,
      name: 'orders',
      channel: ORDER_EVENTS_CHANNEL,
      log,
      onHint: wakeUp.set,
    }),
  );
  open.use(
    consumePaymentEvents({
      db,
      kafka,
      deadLetters,
      onState: onConsumer,
      onProgress: health.role(HEALTH_ROLES.consumerProgress),
      hintChanged: hints.ordersChanged,
    }),
  );
});

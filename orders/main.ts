import { currency } from '#contracts/money.ts';
import { brokerList, databaseUrl, processSettings } from '#platform/config.ts';
import { openDatabase, probeDatabase } from '#platform/database.ts';
import { serveRoutes } from '#platform/http-server.ts';
import { openProducer } from '#platform/kafka.ts';
import { migrateWhenPossible } from '#platform/migrate.ts';
import { runProcess } from '#platform/process.ts';
import { consumePaymentEvents } from './consume-payment-events.ts';
import { ordersMigrations } from './migrations.ts';
import { ordersRoutes } from './orders.routes.ts';
import { createRelayHint } from './relay-hint.ts';
import type { OrdersTables } from './schema.ts';

const settings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  KAFKA_BROKERS: brokerList,
  CURRENCY: currency.default('EUR'),
});

await runProcess('orders', settings, async ({ config, log, health, stack, signal }) => {
  const kafka = { brokers: config.KAFKA_BROKERS, clientId: 'orders', log };
  const db = stack.use(openDatabase<OrdersTables>({ url: config.DATABASE_URL, name: 'orders', log }));
  const deadLetters = stack.use(openProducer(kafka));
  health.check('database', async () => probeDatabase(db));
  const onSchema = health.role('schema');
  const onConsumer = health.role('consumer');
  const hintRelay = createRelayHint(db, log);
  const routes = ordersRoutes({ db, currency: config.CURRENCY, hintRelay });
  stack.use(await serveRoutes([routes], { config, log, health }));
  await migrateWhenPossible({
    url: config.DATABASE_URL,
    name: 'orders',
    migrations: ordersMigrations,
    log,
    onState: onSchema,
    signal,
  });
  if (signal.aborted) return;
  stack.use(consumePaymentEvents({ db, kafka, deadLetters, onState: onConsumer }));
});

import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { ACTIVITY_DATABASE } from '#contracts/values/deadlines.ts';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { auditRegularly, createAudit } from '#operations/audit/audit.ts';
import { createGracePeriod } from '#operations/audit/grace-period.ts';
import { reconcileRegularly } from '#operations/reconcile/reconcile-regularly.ts';
import { repairRoutes } from '#operations/repair/repair.routes.ts';
import { getSystem } from '#operations/system/get-system.ts';
import { recordReadings } from '#operations/system/readings.ts';
import { systemRoutes } from '#operations/system/system.routes.ts';
import { cancelPayment } from '#payments/cancel-payment.ts';
import { debitAccount } from '#payments/debit-account.ts';
import type { PaymentsTables } from '#payments/schema.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import { kafkaAccess } from '#platform/kafka/connect.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { listen } from '#platform/postgres/listen.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import { runProcess } from '#platform/process/run-process.ts';
import { createWakeUp } from '#platform/timing/wake-up.ts';
import { temporalAccess } from '#temporal-config/access.ts';
import { announceOutages } from './payment/log-outages.ts';
import { createPaymentActivities, publish } from './payment/payment-activities.ts';
import { watchBacklog } from './relay/backlog-metrics.ts';
import { createUnreported } from './relay/in-flight-limit.ts';
import type { OutboxTables } from './relay/outbox.queries.ts';
import { openOutbox } from './relay/outbox.ts';
import { createGetRuns } from './runs/get-runs.ts';
import { runsRoutes } from './runs/runs.routes.ts';
import { workflowsSettings } from './settings.ts';
import { runPayments } from './temporal-session.ts';
import { watchPayments } from './watch-relay-and-worker.ts';
import { bundleWorkflows, installTemporalRuntime } from './worker.ts';

/** Over how many seconds each point of the operator's charts counts: short enough to see a fault, long enough to be calm. */
const READINGS_WINDOW = 10;

const MAX_UNREPORTED = 64;
const UNREPORTED_EXPIRY = 30_000;

await runProcess('workflows', workflowsSettings, async ({ config, log, health, stack, signal }) => {
  const database = { name: 'workflows', log, deadlines: ACTIVITY_DATABASE, size: 32 };
  const ordersDb = stack.use(openDatabase<OutboxTables>({ ...database, url: config.ORDERS_DATABASE_URL }));
  const paymentsDb = stack.use(
    openDatabase<PaymentsTables>({ ...database, url: config.PAYMENTS_DATABASE_URL }),
  );
  health.check('orders database', async () => probeDatabase(ordersDb));
  health.check('payments database', async () => probeDatabase(paymentsDb));
  watchBacklog(ordersDb);
  const onWorker = health.role('worker');
  const onRelay = health.role('relay');
  const kafka = { ...kafkaAccess(config), clientId: 'workflows', log };
  const producer = stack.use(openProducer(kafka));
  const readRuns = stack.use(
    createGetRuns({ access: temporalAccess(config), namespace: config.TEMPORAL_NAMESPACE }),
  );
  const open = stack.use(closeConcurrently());
  const wakeUp = createWakeUp();
  const processes = { orders: config.ORDERS_URL, payments: config.PAYMENTS_URL };
  const gracePeriod = createGracePeriod();
  const audit = createAudit({ ordersDb, paymentsDb, kafka, gracePeriod, log });
  const outbox = openOutbox(ordersDb, wakeUp);
  const system = { ordersDb, outbox, kafka, health, processes, invariants: () => audit.report() };
  const readings = open.use(
    recordReadings(
      async () => getSystem(system, READINGS_WINDOW),
      (reading) => gracePeriod.observe(reading),
    ),
  );
  const repair = {
    ordersDb,
    paymentsDb,
    outbox,
    kafka,
    producer,
    publish: async (event: PaymentEvent) => publish(producer, event),
    log,
  };
  const routes = [systemRoutes(system, readings), repairRoutes(repair), runsRoutes(readRuns)];
  open.use(await serveRoutes(routes, { config, log, health, signal }));
  open.use(auditRegularly(audit));

  installTemporalRuntime(log);
  const workflowBundle = config.WORKFLOW_BUNDLE
    ? { codePath: config.WORKFLOW_BUNDLE }
    : await bundleWorkflows(log);
  const unreported = createUnreported(MAX_UNREPORTED, UNREPORTED_EXPIRY);
  const activities = createPaymentActivities({
    debit: async (order) => debitAccount(paymentsDb, order),
    cancel: async (order) => cancelPayment(paymentsDb, order),
    producer,
    onReported: unreported.reported,
  });
  const tried = { starts: 0, activities: 0 };
  const temporal = { access: temporalAccess(config), namespace: config.TEMPORAL_NAMESPACE };
  open.use(watchPayments({ ...temporal, ordersDb, health, log, tried }));
  open.use(
    runPayments({
      ...temporal,
      workflowBundle,
      activities: announceOutages(activities, log, () => (tried.activities += 1)),
      ordersDb,
      unreported,
      wakeUp,
      log,
      onWorker,
      onRelay,
      onTried: () => (tried.starts += 1),
    }),
  );
  open.use(reconcileRegularly({ ...repair, every: config.RECONCILE_EVERY, days: config.RECONCILE_DAYS }));
  open.use(
    listen({
      url: config.ORDERS_DATABASE_URL,
      name: 'workflows',
      channel: OUTBOX_CHANNEL,
      log,
      onHint: wakeUp.set,
    }),
  );
});

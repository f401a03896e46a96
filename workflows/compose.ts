import type { z } from 'zod';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { ACTIVITY_DATABASE } from '#contracts/values/deadlines.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { orderIdOf } from '#contracts/values/workflow-ids.ts';
import { auditRegularly, createAudit } from '#operations/audit/audit.ts';
import { createGracePeriod } from '#operations/audit/grace-period.ts';
import { reconcileRegularly } from '#operations/reconcile/reconcile-regularly.ts';
import { repairRoutes } from '#operations/repair/repair.routes.ts';
import type { PaymentsViews } from '#operations/schema.ts';
import { getSystem } from '#operations/system/get-system.ts';
import { recordReadings } from '#operations/system/readings.ts';
import { systemRoutes } from '#operations/system/system.routes.ts';
import { cancelPayment } from '#payments/cancel-payment.ts';
import { debitAccount } from '#payments/debit-account.ts';
import type { PaymentsTables } from '#payments/schema.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { kafkaAccess } from '#platform/kafka/settings.ts';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { listen } from '#platform/postgres/listen.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import type { ProcessContext } from '#platform/process/run-process.ts';
import { createWakeUp } from '#platform/timing/wake-up.ts';
import { temporalAccess } from '#temporal-config/access.ts';
import { observeActivities } from './payment/observe-activities.ts';
import { createPaymentActivities, publish } from './payment/payment-activities.ts';
import { PAYMENT_KINDS } from './payment/payment-kinds.ts';
import { exposeBacklog } from './relay/expose-backlog.ts';
import { createInFlight } from './relay/in-flight.ts';
import { openOutbox } from './relay/outbox.ts';
import { createGetRuns } from './runs/get-runs.ts';
import { runsRoutes } from './runs/runs.routes.ts';
import type { workflowsSettings } from './settings.ts';
import { runTemporalSessions } from './temporal-sessions.ts';
import { watchRelayAndWorker } from './watch-relay-and-worker.ts';
import { bundleWorkflows, installTemporalRuntime } from './worker.ts';

/** Over how many seconds each point of the operator's charts counts: short enough to see a fault, long enough to be calm. */
const READINGS_WINDOW = 10;

/** Workflows that are started and not completed, at most; and after how many ms one no longer counts. */
const MOST_IN_FLIGHT = 64;
const IN_FLIGHT_EXPIRY = 30_000;

/** Relay, worker and what operations needs of both: the process `workflows`. */
export async function composeWorkflows(
  context: ProcessContext<z.output<typeof workflowsSettings>>,
): Promise<void> {
  const { config, log, health, stack, signal } = context;
  const database = { name: 'workflows', log, deadlines: ACTIVITY_DATABASE, size: 32 };
  const ordersDb = stack.use(openDatabase({ ...database, url: config.ORDERS_DATABASE_URL }));
  const paymentsDb = stack.use(
    openDatabase<PaymentsTables & PaymentsViews>({ ...database, url: config.PAYMENTS_DATABASE_URL }),
  );
  health.check(HEALTH_ROLES.ordersDatabase, async () => probeDatabase(ordersDb));
  health.check(HEALTH_ROLES.paymentsDatabase, async () => probeDatabase(paymentsDb));
  const kafka = { ...kafkaAccess(config), clientId: 'workflows', log };
  const producer = stack.use(openProducer(kafka));
  const temporal = { access: temporalAccess(config), namespace: config.TEMPORAL_NAMESPACE };
  const getRuns = stack.use(createGetRuns(temporal));
  const open = stack.use(closeConcurrently());
  const onWorker = health.role(HEALTH_ROLES.worker);
  const onRelay = health.role(HEALTH_ROLES.relay);
  const wakeUp = createWakeUp();
  exposeBacklog(ordersDb);

  const processes = { orders: config.ORDERS_URL, payments: config.PAYMENTS_URL };
  const gracePeriod = createGracePeriod();
  const audit = createAudit({ ordersDb, paymentsDb, kafka, gracePeriod, log });
  const outbox = withOrderIds(openOutbox(ordersDb, wakeUp));
  const system = { ordersDb, outbox, kafka, health, processes, invariants: () => audit.report() };
  const readings = open.use(
    recordReadings(
      async () => getSystem(system, READINGS_WINDOW),
      (reading) => gracePeriod.observe(reading),
    ),
  );
  const reports = { publish: async (event: PaymentEvent) => publish(producer, event) };
  const repair = { ordersDb, paymentsDb, outbox, kafka, producer, ...reports, log };
  const routes = [systemRoutes(system, readings), repairRoutes(repair), runsRoutes(getRuns)];
  open.use(await serveRoutes(routes, { config, log, health, signal }));
  open.use(auditRegularly(audit));
  open.use(reconcileRegularly({ ...repair, every: config.RECONCILE_EVERY, days: config.RECONCILE_DAYS }));

  installTemporalRuntime(log);
  const workflowBundle = config.WORKFLOW_BUNDLE
    ? { codePath: config.WORKFLOW_BUNDLE }
    : await bundleWorkflows(log);
  const activities = createPaymentActivities({
    debit: async (order) => debitAccount(paymentsDb, order),
    cancel: async (order) => cancelPayment(paymentsDb, order),
    ...reports,
  });
  const inFlight = createInFlight(MOST_IN_FLIGHT, IN_FLIGHT_EXPIRY);
  const tried = { dispatches: 0, activities: 0 };
  const observer = observeActivities({
    log,
    onTried: () => (tried.activities += 1),
    onReported: inFlight.complete,
  });
  open.use(
    watchRelayAndWorker({ ...temporal, ordersDb, kinds: Object.keys(PAYMENT_KINDS), health, log, tried }),
  );
  open.use(
    runTemporalSessions({
      ...temporal,
      worker: { workflowBundle, activities, observer },
      relay: {
        db: ordersDb,
        kinds: PAYMENT_KINDS,
        inFlight,
        wakeUp,
        log,
        onState: onRelay,
        onTried: () => (tried.dispatches += 1),
      },
      onWorker,
    }),
  );
  open.use(
    listen({
      url: config.ORDERS_DATABASE_URL,
      name: 'workflows',
      channel: OUTBOX_CHANNEL,
      log,
      onHint: wakeUp.set,
    }),
  );
}

/** To an operator a failing row is an order's. */
function withOrderIds(outbox: ReturnType<typeof openOutbox>) {
  return {
    ...outbox,
    failing: async (limit: number) =>
      (await outbox.failing(limit)).map(({ workflowId, ...row }) => ({
        ...row,
        orderId: orderIdOf(workflowId),
      })),
  };
}

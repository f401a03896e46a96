import { openOutbox } from '@gozon/temporal-outbox';
import { createWakeUp } from '@gozon/timing';
import type { QueryExecutorProvider } from 'kysely';
import type { z } from 'zod';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { toFactPayload } from '#contracts/events/to-event.ts';
import { ACTIVITY_DATABASE } from '#contracts/values/deadlines.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { composeOperations } from '#operations/compose.ts';
import type { PaymentsViews } from '#operations/schema.ts';
import { NOT_SIGNED_BY_PAYMENTS } from '#orders/errors.ts';
import { expireOrder } from '#orders/order/expire-order.ts';
import { NOT_ALLOWED, NOT_SIGNED_BY_ORDERS } from '#payments/errors.ts';
import { cancelOrRelease, cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { findOverdueHolds } from '#payments/payment/facts.queries.ts';
import { authorizePayment, captureHold } from '#payments/payment/hold-payment.ts';
import { refundPayment } from '#payments/payment/refund-payment.ts';
import type { PaymentsTables } from '#payments/schema.ts';
import { serveRoutes } from '#platform/http/serve.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { kafkaAccess } from '#platform/kafka/settings.ts';
import { watchProducer } from '#platform/kafka/watch-producer.ts';
import { isDataFault, openDatabase, probeDatabase, refusalCode } from '#platform/postgres/database.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { listen } from '#platform/postgres/listen.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import type { ProcessContext } from '#platform/process/run-process.ts';
import { temporalAccess } from '#temporal-config/access.ts';
import { dataConverter } from '#temporal-config/data-converter.ts';
import { codecRoutes } from './codec/codec.routes.ts';
import type { OrderToPay, PaymentActivities } from './payment/activities.ts';
import { createPaymentActivities, publish } from './payment/payment-activities.ts';
import { PAYMENT_KINDS } from './payment/payment-kinds.ts';
import { releaseOverdueHoldsRegularly } from './payment/release-overdue-holds.ts';
import { exposeBacklog } from './relay/expose-backlog.ts';
import { exposeInFlight } from './relay/expose-in-flight.ts';
import { createPaymentsInFlight, runPayments } from './run-payments.ts';
import { createGetRuns } from './runs/get-runs.ts';
import { runsRoutes } from './runs/runs.routes.ts';
import type { workflowsSettings } from './settings.ts';
import { workerVersion } from './worker-version.ts';
import { bundleWorkflows, installTemporalRuntime } from './worker.ts';

/** Relay, worker and operations: the process `workflows`. */
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
  const producer = stack.use(
    watchProducer(openProducer(kafka), {
      ...kafka,
      topic: PAYMENT_STATUS_TOPIC.name,
      onState: health.role(HEALTH_ROLES.producer),
    }),
  );
  const publishEvents = async (events: readonly PaymentEvent[]) => publish(producer, events);
  const temporal = { ...temporalAccess(config), dataConverter: dataConverter(config.PAYLOAD_KEYS) };
  const version = workerVersion(config);
  const getRuns = stack.use(createGetRuns({ ...temporal, log }));
  const open = stack.use(closeConcurrently());
  const wakeUp = createWakeUp();
  exposeBacklog(ordersDb, Object.keys(PAYMENT_KINDS));
  const inFlight = createPaymentsInFlight();
  exposeInFlight(inFlight);

  const operations = open.use(
    composeOperations({
      ordersDb,
      paymentsDb,
      outbox: withOrderIds(openOutbox(ordersDb, wakeUp)),
      kafka,
      producer,
      publish: publishEvents,
      processes: { orders: config.ORDERS_URL, payments: config.PAYMENTS_URL },
      reconcile: { every: config.RECONCILE_EVERY, days: config.RECONCILE_DAYS },
      health,
      log,
    }),
  );
  const [codec] = temporal.dataConverter.payloadCodecs ?? [];
  const routes = [...operations.routes, runsRoutes(getRuns), ...(codec ? [codecRoutes(codec)] : [])];
  open.use(await serveRoutes(routes, { config, log, health, signal }));

  installTemporalRuntime(log);
  const workflowBundle = config.WORKFLOW_BUNDLE
    ? { codePath: config.WORKFLOW_BUNDLE }
    : await bundleWorkflows(log);
  const activities = composeActivities({ ordersDb, paymentsDb, publishEvents });
  open.use(
    releaseOverdueHoldsRegularly({
      activities,
      findOverdue: async (grace, limit) =>
        (await findOverdueHolds(paymentsDb, grace, limit)).map(toFactPayload),
      log,
    }),
  );
  const payments = { ordersDb, activities, workflowBundle, inFlight, wakeUp, health, log };
  const cachedWorkflows = config.WORKFLOW_CACHE;
  open.use(runPayments({ ...temporal, ...payments, cachedWorkflows, ...(version && { version }) }));
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

export interface ActivityParts {
  readonly ordersDb: QueryExecutorProvider;
  readonly paymentsDb: Kysely<PaymentsTables>;
  readonly publishEvents: (events: readonly PaymentEvent[]) => Promise<void>;
}

const REFUSALS = [NOT_SIGNED_BY_ORDERS, NOT_SIGNED_BY_PAYMENTS, NOT_ALLOWED];

/**
 * The activities on the services' own tables. The debit is in the same process, so a step is one transaction and no
 * request.
 */
export function composeActivities({ ordersDb, paymentsDb, publishEvents }: ActivityParts): PaymentActivities {
  return createPaymentActivities({
    debit: async (wish) => debitAccount(paymentsDb, wish),
    authorize: async (wish) => authorizePayment(paymentsDb, wish),
    capture: async (wish) => captureHold(paymentsDb, wish),
    cancel: async (wish) => cancelOrRelease(paymentsDb, wish),
    cancelPayment: async (wish) => cancelPayment(paymentsDb, wish),
    refund: async (wish) => refundPayment(paymentsDb, wish),
    expire: async (hold) => expireOrder(ordersDb, hold),
    isRefusal: (error) => isDataFault(error) || REFUSALS.some((code) => refusalCode(error) === code),
    publish: publishEvents,
  });
}

/** To an operator a failing row is an order's. */
function withOrderIds(outbox: ReturnType<typeof openOutbox>) {
  return {
    ...outbox,
    failing: async (limit: number) =>
      (await outbox.failing(limit)).map(({ workflowId: _workflowId, payload, ...row }) => ({
        ...row,
        orderId: (payload as OrderToPay).orderId,
      })),
  };
}

import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { Health } from '#platform/process/health.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { auditRegularly, createAudit } from './audit/audit.ts';
import { createGracePeriod } from './audit/grace-period.ts';
import type { OperatorOutbox } from './operator-outbox.ts';
import { reconcileRegularly } from './reconcile/reconcile-regularly.ts';
import { repairRoutes } from './repair/repair.routes.ts';
import type { OrdersViews, PaymentsViews } from './schema.ts';
import { getSystem } from './system/get-system.ts';
import { recordReadings } from './system/readings.ts';
import { systemRoutes } from './system/system.routes.ts';

/**
 * Over how many seconds each point of the operator's charts counts: short enough to see a fault, long enough to be
 * calm.
 */
const READINGS_WINDOW = 10;

export interface OperationsOptions {
  readonly ordersDb: Kysely<OrdersViews>;
  readonly paymentsDb: Kysely<PaymentsViews>;
  readonly outbox: OperatorOutbox;
  readonly kafka: KafkaOptions;
  readonly producer: MessageProducer;
  readonly publish: (events: readonly PaymentEvent[]) => Promise<void>;
  /** The other processes by name, each with its URL. */
  readonly processes: Readonly<Record<string, string>>;
  /** How often the orders of how many days are reconciled; in s. */
  readonly reconcile: { readonly every: number; readonly days: number };
  readonly health: Health;
  readonly log: Logger;
}

/** Starts the readings, the audit and reconciliation, which run until disposed, and gives the operator's routes. */
export function composeOperations(options: OperationsOptions) {
  const { health, reconcile, ...parts } = options;
  const open = closeConcurrently();
  const gracePeriod = createGracePeriod();
  const audit = createAudit({ ...parts, gracePeriod });
  const system = { ...parts, health, invariants: () => audit.report() };
  const readings = open.use(
    recordReadings(
      async () => getSystem(system, READINGS_WINDOW),
      (reading) => gracePeriod.observe(reading),
    ),
  );
  open.use(auditRegularly(audit));
  open.use(reconcileRegularly({ ...parts, ...reconcile }));
  return {
    routes: [systemRoutes(system, readings), repairRoutes(parts)],
    [Symbol.asyncDispose]: async () => open[Symbol.asyncDispose](),
  };
}

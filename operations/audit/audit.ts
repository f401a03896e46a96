import type { Invariant } from '#contracts/http/system-api.ts';
import { AUDITED_INVARIANTS } from '#contracts/values/invariants.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Gauge, Histogram } from '#platform/process/metrics.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';
import type { GracePeriod } from './grace-period.ts';
import { toInvariantStatus } from './invariant-status.ts';
import { createOutboxCheck, createUndecidedCheck } from './liveness.ts';
import { scanAccounts, scanPostings } from './scan-ledger.ts';
import { scanOrders } from './scan-orders.ts';
import { createScanner } from './scan.ts';
import { createDeadLetterCheck } from './wrongly-dead-lettered.ts';

/** In ms. A round reads some thousands of rows, so a full pass over 200,000 orders takes 17 minutes. */
const INTERVAL = 5_000;

const roundDuration = new Histogram({
  name: 'audit_round_duration_seconds',
  help: 'How long a round of the audit took.',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
});

export interface AuditOptions {
  readonly ordersDb: Kysely<OrdersViews>;
  readonly paymentsDb: Kysely<PaymentsViews>;
  readonly kafka: KafkaOptions;
  readonly gracePeriod: GracePeriod;
  readonly log: Logger;
}

export interface Audit {
  /** Runs each check once. It throws nothing. */
  round(): Promise<void>;
  report(): Invariant[];
}

/**
 * Checks the invariants in the databases and on the dead-letter topic, a bounded part in each round, and only reads. It
 * shares no comparison with tools/invariants/, the tests' oracle: see checkInvariants there.
 */
export function createAudit({ ordersDb, paymentsDb, kafka, gracePeriod, log }: AuditOptions): Audit {
  const checks = [
    createScanner(scanOrders({ ordersDb, paymentsDb }, gracePeriod)),
    createScanner(scanPostings(paymentsDb)),
    createScanner(scanAccounts(paymentsDb)),
    createUndecidedCheck(ordersDb, gracePeriod),
    createOutboxCheck(ordersDb, gracePeriod),
    createDeadLetterCheck({ ordersDb, paymentsDb }, kafka),
  ];
  return {
    async round() {
      const end = roundDuration.startTimer();
      for (const check of checks) {
        // Its results become unknown after a minute.
        await check.run().catch((error: unknown) => log.debug({ err: error }, `cannot audit ${check.name}`));
      }
      end();
    },
    report() {
      const results = Map.groupBy(
        checks.flatMap((check) => check.results()),
        ({ id }) => id,
      );
      return AUDITED_INVARIANTS.map((id) => toInvariantStatus(id, results.get(id) ?? []));
    },
  };
}

/** Audits until disposed, and exports the number of breaches as a metric. */
export function auditRegularly(audit: Audit): AsyncDisposable {
  const breaches = new Gauge({
    name: 'invariant_breaches',
    help: 'Breaches of each invariant that the audit knows of; anything above zero is an alarm.',
    labelNames: ['invariant'] as const,
    collect() {
      for (const { id, breaches: count } of audit.report()) breaches.set({ invariant: id }, count);
    },
  });
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      await audit.round();
      await pause(INTERVAL, signal);
    }
  });
}

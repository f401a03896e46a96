import { inBackground, pause } from '@gozon/timing';
import type { Invariant } from '#contracts/http/system-api.ts';
import { AUDITED_INVARIANTS } from '#contracts/values/invariants.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Gauge, Histogram } from '#platform/process/metrics.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';
import type { GracePeriod } from './grace-period.ts';
import { toInvariantStatus } from './invariant-status.ts';
import { findLastPosting } from './ledger.queries.ts';
import { createOutboxCheck, createOverdueHoldsCheck, createUndecidedCheck } from './liveness.ts';
import { findLatest } from './orders.queries.ts';
import { scanAccounts, scanPostings } from './scan-ledger.ts';
import { scanOrders } from './scan-orders.ts';
import { createScanner } from './scan.ts';
import { createDeadLetterCheck } from './wrongly-dead-lettered.ts';

/**
 * In ms, while anything is new, waits or is wrong. A round reads some thousands of rows, so a full pass over 200,000 orders
 * takes 17 minutes.
 */
const INTERVAL = 5_000;
/** In ms, otherwise. Results become unknown after a minute. */
const QUIET_INTERVAL = 20_000;

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
  /**
   * Whether no order and no posting is new since it was asked last, none waits, and each invariant is known to hold.
   * @throws on an outage
   */
  isQuiet(): Promise<boolean>;
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
    createOverdueHoldsCheck(paymentsDb, gracePeriod),
    createOutboxCheck(ordersDb, gracePeriod),
    createDeadLetterCheck({ ordersDb, paymentsDb }, kafka),
  ];
  const report = () => {
    const results = Map.groupBy(
      checks.flatMap((check) => check.results()),
      ({ id }) => id,
    );
    return AUDITED_INVARIANTS.map((id) => toInvariantStatus(id, results.get(id) ?? []));
  };
  let latest: string | undefined;
  return {
    async round() {
      const end = roundDuration.startTimer();
      for (const check of checks) {
        // Its results become unknown after a minute.
        await check.run().catch((error: unknown) => log.debug({ err: error }, `cannot audit ${check.name}`));
      }
      end();
    },
    async isQuiet() {
      const [order, posting] = await Promise.all([findLatest(ordersDb), findLastPosting(paymentsDb)]);
      const before = latest;
      latest = `${order.newest} ${posting}`;
      return latest === before && !order.isPending && report().every(({ state }) => state === 'ok');
    },
    report,
  };
}

/**
 * Audits until disposed. What is new, waits or is wrong is looked at within 5 s, and while all is quiet everything is looked
 * at less often. Exports what it found as metrics.
 */
export function auditRegularly(audit: Audit): AsyncDisposable {
  const breaches = new Gauge({
    name: 'invariant_breaches',
    help: 'Breaches of each invariant that the audit knows of. While it cannot look the value stays.',
    labelNames: ['invariant'] as const,
    collect() {
      for (const { id, breaches: count } of audit.report()) breaches.set({ invariant: id }, count);
    },
  });
  const unknown = new Gauge({
    name: 'invariant_unknown',
    help: '1 while it is not known whether the invariant holds: the audit has not looked for a minute. Otherwise 0.',
    labelNames: ['invariant'] as const,
    collect() {
      for (const { id, state } of audit.report()) unknown.set({ invariant: id }, state === 'unknown' ? 1 : 0);
    },
  });
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      await audit.round();
      const quietUntil = performance.now() + QUIET_INTERVAL;
      do await pause(INTERVAL, signal);
      while (performance.now() < quietUntil && !signal.aborted && (await audit.isQuiet().catch(() => false)));
    }
  });
}

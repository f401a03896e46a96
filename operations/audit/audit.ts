import type { QueryExecutorProvider } from 'kysely';
import type { Invariant, Reading } from '#contracts/http/system-api.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Gauge, Histogram } from '#platform/process/metrics.ts';
import { createWeather } from './grace-period.ts';
import type { Weather } from './grace-period.ts';
import { createScores } from './invariant-status.ts';
import { checkDecided, watchOutbox } from './liveness.ts';
import type { Lateness } from './liveness.ts';
import { walkAccounts, walkPostings } from './scan-ledger.ts';
import { walkOrders } from './scan-orders.ts';
import { startCourse } from './scan.ts';
import { watchLetters } from './wrongly-dead-lettered.ts';

/** In ms. A round looks at some thousands of rows, so all of 200,000 orders are seen in 17 minutes, again and again. */
const EVERY = 5_000;

const roundDuration = new Histogram({
  name: 'audit_round_duration_seconds',
  help: 'How long a round of the audit took.',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
});

export interface AuditedParts {
  readonly ordersDb: QueryExecutorProvider;
  readonly paymentsDb: QueryExecutorProvider;
  readonly kafka: KafkaOptions;
  /** How the system is: it excuses what is late. */
  readonly latest: () => Reading | undefined;
  readonly log: Logger;
}

export interface Audit {
  /** Looks at what is new, at the next piece of the past, and at what was wrong. Reads only; throws nothing. */
  round(): Promise<void>;
  report(): Invariant[];
}

/**
 * Holds the invariants against the databases and the dead letters, a bounded piece at a time.
 * @param options.now in ms, for what is late
 */
export function createAudit(
  parts: AuditedParts,
  {
    weather = createWeather(),
    now = () => performance.now(),
  }: { weather?: Weather; now?: () => number } = {},
): Audit {
  const { ordersDb, paymentsDb, kafka, latest, log } = parts;
  const scores = createScores();
  const orders = startCourse(walkOrders({ ordersDb, paymentsDb }, () => weather.patience() * 1000));
  const postings = startCourse(walkPostings(paymentsDb));
  const accounts = startCourse(walkAccounts(paymentsDb));
  const courses = [orders, postings, accounts];
  const checkOutbox = watchOutbox(ordersDb, now);
  const late = new Map<AuditedInvariantId, Lateness['late']>();
  const letters = watchLetters(ordersDb, kafka);

  const walkOn = async (course: typeof orders) => {
    for (const { counts } of await course.step()) {
      for (const [id, count] of Object.entries(counts)) scores.add(id as AuditedInvariantId, count);
    }
  };
  const noteLateness = async (check: () => Promise<Lateness>) => {
    const found = await check();
    late.set(found.invariant, found.late);
    scores.add(found.invariant, found.checked);
  };
  const checks: [string, () => Promise<void>][] = [
    ['orders', async () => walkOn(orders)],
    ['postings', async () => walkOn(postings)],
    ['accounts', async () => walkOn(accounts)],
    ['what is undecided', async () => noteLateness(async () => checkDecided(ordersDb))],
    ['the outbox', async () => noteLateness(checkOutbox)],
    ['dead letters', async () => scores.add('I11', await letters.look())],
  ];

  return {
    async round() {
      const end = roundDuration.startTimer();
      weather.note(latest());
      for (const [what, check] of checks) {
        // What cannot be looked at is unknown after a while, neither well nor broken.
        await check().catch((error: unknown) => log.debug({ err: error }, `${what} cannot be audited now`));
      }
      end();
    },
    report: () =>
      scores.report((id) => {
        const breaches = courses.flatMap((course) =>
          course.breaches().flatMap(({ invariant, says }) => (invariant === id ? [says] : [])),
        );
        const patience = weather.patience();
        const overdue = Map.groupBy(late.get(id) ?? [], ({ seconds }) => seconds > patience);
        return {
          breaches: [...breaches, ...say(overdue.get(true)), ...(id === 'I11' ? letters.good() : [])],
          waiting: say(overdue.get(false)),
          fullPassAt: fullPassOf(id),
        };
      }),
  };

  function fullPassOf(id: AuditedInvariantId): Date | undefined {
    if (id === 'I1') return accounts.fullPassAt() && postings.fullPassAt();
    if (id === 'I2') return postings.fullPassAt();
    return ['I3', 'I4', 'I5', 'I6'].includes(id) ? orders.fullPassAt() : undefined;
  }
}

function say(late: Lateness['late'] = []): string[] {
  return late.map(({ says }) => says);
}

/** Audits until disposed, and shows what it finds among the metrics. */
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
      await pause(EVERY, signal);
    }
  });
}

import type { QueryExecutorProvider } from 'kysely';
import type { Logger } from '#platform/process/logger.ts';
import { Counter } from '#platform/process/metrics.ts';
import { comparePage } from './compare-page.ts';
import type { Compared } from './compare-page.ts';
import { reportAgain } from './report-again.ts';
import type { Reporting } from './report-again.ts';
import type { Contradiction } from './verdict.ts';

/** How long after a decision its event may be under way, in ms: an outage of Kafka shows in the consumer's lag instead. */
export const PATIENCE = 120_000;

/** Contradictions of one page that are logged one by one. */
const LOGGED = 20;

const reconciledOrders = new Counter({
  name: 'reconciled_orders_total',
  help: 'Orders held against their decisions and the ledger, by what was found.',
  labelNames: ['verdict'] as const,
});

export interface ReconcileOptions extends Reporting {
  readonly ordersDb: QueryExecutorProvider;
  readonly paymentsDb: QueryExecutorProvider;
  readonly log: Logger;
}

export interface Finding {
  readonly orderId: string;
  readonly kind: 'event_lost' | Contradiction['kind'];
  readonly detail: string;
}

export interface PageReport {
  readonly compared: number;
  /** Orders that will be decided, or will hear of it, by themselves or by the sweep. */
  readonly waiting: number;
  readonly findings: readonly Finding[];
  /** Orders whose lost events were reported again. */
  readonly reported: number;
  /** Why they were not. */
  readonly notReported: string | null;
  /** After which order the next page begins; null after the last. */
  readonly next: string | null;
}

/**
 * Compares a page of orders, and reports again what never arrived, unless it is only to look. What contradicts itself is
 * never repaired here: it is logged as an error, counted, and left to a person.
 * @throws on an outage of a database
 */
export async function reconcilePage(
  parts: ReconcileOptions,
  { after, dryRun }: { after: string; dryRun: boolean },
): Promise<PageReport> {
  const { compared, next } = await comparePage(parts, after, PATIENCE);
  for (const { verdict } of compared) reconciledOrders.inc({ verdict: verdict.kind });
  const findings = compared.flatMap(findingOf);
  const contradictions = findings.filter(({ kind }) => kind !== 'event_lost');
  for (const finding of contradictions.slice(0, LOGGED)) {
    parts.log.error(finding, 'order, decision and ledger contradict each other: somebody has to look');
  }
  if (contradictions.length > LOGGED) {
    parts.log.error(
      { orders: contradictions.length },
      'more orders contradict their decisions than are logged',
    );
  }
  const lost = compared.filter(({ verdict }) => verdict.kind === 'event_lost');
  return {
    compared: compared.length,
    waiting: compared.filter(({ verdict }) => verdict.kind === 'waiting').length,
    findings,
    ...(await reportAgain(parts, lost, dryRun)),
    next: next ?? null,
  };
}

function findingOf({ orderId, verdict }: Compared): Finding[] {
  return 'detail' in verdict ? [{ orderId, kind: verdict.kind, detail: verdict.detail }] : [];
}

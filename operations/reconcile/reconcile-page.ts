import type { Kysely } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Counter } from '#platform/process/metrics.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';
import { comparePage } from './compare-page.ts';
import type { ComparedOrder } from './compare-page.ts';
import type { Contradiction } from './comparison-result.ts';
import { reportAgain } from './report-again.ts';
import type { ReportAgainOptions } from './report-again.ts';

/**
 * For how long after a decision its event may be under way, in ms. An outage of Kafka shows as the consumer's lag
 * instead.
 */
const GRACE = 120_000;

/** Contradictions of a page that are logged one by one. */
const LOGGED = 20;

const reconciledOrders = new Counter({
  name: 'reconciled_orders_total',
  help: 'Orders compared with their decisions and the ledger, by result.',
  labelNames: ['verdict'] as const,
});

export interface ReconcileOptions extends ReportAgainOptions {
  readonly ordersDb: Kysely<OrdersViews>;
  readonly paymentsDb: Kysely<PaymentsViews>;
  readonly log: Logger;
}

export interface Finding {
  readonly orderId: string;
  readonly kind: 'event_lost' | Contradiction['kind'];
  readonly detail: string;
}

export interface PageReport {
  readonly compared: number;
  /** Orders that are decided, or hear of their decision, without reconciliation: by themselves or by the sweep. */
  readonly waiting: number;
  readonly findings: readonly Finding[];
  /** Orders whose lost events were reported again. */
  readonly reported: number;
  /** Why lost events were not reported again; null when they were, or when none was lost. */
  readonly notReported: string | null;
  /** After which order the next page begins; null after the last. */
  readonly next: string | null;
}

export interface ReconcilePageOptions {
  readonly after: string;
  readonly dryRun: boolean;
  /** Of an operator's reconciliation: called with the orders whose lost events are to be reported again. */
  readonly beforeReporting?: ((orderIds: readonly string[]) => Promise<void>) | undefined;
}

/**
 * Compares a page of orders with decisions and ledger, and reports lost events again unless it is a dry run. It never
 * repairs a contradiction: it logs it as an error, counts it, and leaves it to a person.
 * @throws on an outage of a database
 */
export async function reconcilePage(
  parts: ReconcileOptions,
  { after, dryRun, beforeReporting }: ReconcilePageOptions,
): Promise<PageReport> {
  const { compared, next } = await comparePage(parts, after, GRACE);
  for (const { result } of compared) reconciledOrders.inc({ verdict: result.kind });
  const findings = compared.flatMap(findingOf);
  const contradictions = findings.filter(({ kind }) => kind !== 'event_lost');
  for (const finding of contradictions.slice(0, LOGGED)) {
    parts.log.error(finding, 'order, decision and ledger contradict each other: a person has to look');
  }
  if (contradictions.length > LOGGED) {
    parts.log.error(
      { orders: contradictions.length },
      'more orders contradict their decisions than are logged',
    );
  }
  const lost = compared.filter(({ result }) => result.kind === 'event_lost');
  return {
    compared: compared.length,
    waiting: compared.filter(({ result }) => result.kind === 'waiting').length,
    findings,
    ...(await reportAgain(parts, lost, { dryRun, beforeReporting })),
    next: next ?? null,
  };
}

function findingOf({ orderId, result }: ComparedOrder): Finding[] {
  return 'detail' in result ? [{ orderId, kind: result.kind, detail: result.detail }] : [];
}

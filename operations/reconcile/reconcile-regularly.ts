import { inBackground, pause } from '@gozon/timing';
import { Gauge } from '#platform/process/metrics.ts';
import { CONTRADICTIONS } from './comparison-result.ts';
import { reconcilePage } from './reconcile-page.ts';
import type { ReconcileOptions } from './reconcile-page.ts';
import { findIdOfAge } from './reconcile.queries.ts';

/** Between two pages, in ms: a thousand orders a second at most, so that customers do not notice. */
const PAGE_PAUSE = 1_000;
const OUTAGE_PAUSE = 10_000;
const DAY = 86_400_000;

const contradictions = new Gauge({
  name: 'reconcile_contradictions',
  help: 'Orders that contradict their decision or the ledger, at the last look at all of them.',
  labelNames: ['kind'] as const,
});
const lastRun = new Gauge({
  name: 'reconcile_last_run_timestamp_seconds',
  help: 'When the last look at all of them ended; 0 before the first.',
});

const interval = new Gauge({
  name: 'reconcile_interval_seconds',
  help: 'How long after one look at all of them the next one begins.',
});

/** Reconciles the orders of the last `days` at once and then every `every` s, until disposed. */
export function reconcileRegularly(
  parts: ReconcileOptions & { every: number; days: number },
): AsyncDisposable {
  interval.set(parts.every);
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      try {
        const found = await reconcileAfter(
          parts,
          await findIdOfAge(parts.ordersDb, parts.days * DAY),
          signal,
        );
        if (!signal.aborted) exportFindings(found);
        await pause(parts.every * 1_000, signal);
      } catch (error) {
        parts.log.warn({ err: error }, 'orders could not be reconciled, trying again later');
        await pause(OUTAGE_PAUSE, signal);
      }
    }
  });
}

/** @returns how many findings there are of each kind */
async function reconcileAfter(
  parts: ReconcileOptions,
  first: string,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let after: string | null = first; after !== null && !signal.aborted;) {
    const page = await reconcilePage(parts, { after, dryRun: false });
    for (const { kind } of page.findings) found.set(kind, (found.get(kind) ?? 0) + 1);
    after = page.next;
    if (after !== null) await pause(PAGE_PAUSE, signal);
  }
  return found;
}

function exportFindings(found: ReadonlyMap<string, number>): void {
  for (const kind of CONTRADICTIONS) contradictions.set({ kind }, found.get(kind) ?? 0);
  lastRun.setToCurrentTime();
}

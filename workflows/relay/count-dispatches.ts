import type { ClaimedRow, Outcome } from '@gozon/temporal-outbox';
import { Counter, Histogram } from '#platform/process/metrics.ts';

const dispatches = new Counter({
  name: 'relay_dispatches_total',
  help: 'Attempts to dispatch an outbox row, by kind and outcome; "eager" is the share that costs one workflow task less.',
  labelNames: ['kind', 'outcome'] as const,
});
const waits = new Histogram({
  name: 'outbox_wait_seconds',
  help: 'From the writing of an outbox row to its first claim.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

/** Counts an attempt of the relay, and how long its row had waited if it is the first. */
export function countDispatch(
  { kind, attempts, sweeps, waited }: ClaimedRow,
  outcome: Outcome['outcome'],
): void {
  if (attempts === 0 && sweeps === 0) waits.observe(waited / 1_000);
  dispatches.inc({ kind, outcome: outcome === 'away' ? 'temporal_away' : outcome });
}

import { inBackground, pause } from '@gozon/timing';
import type { Logger } from '../process/logger.ts';
import { Counter } from '../process/metrics.ts';

/** How often old rows are purged, in ms. */
const PURGE_EVERY = 600_000;

/** Rows in one statement: few enough not to delay other statements. */
export const PURGE_BATCH = 1_000;

const purgedRows = new Counter({
  name: 'purged_rows_total',
  help: 'Rows deleted after their retention time.',
  labelNames: ['of'] as const,
});

/** The result of one batch: how many rows it deleted, and whether there may be more. */
export interface PurgedBatch {
  readonly purged: number;
  readonly more: boolean;
}

/** @param rows how many a statement that deletes at most {@link PURGE_BATCH} has deleted */
export function purgedBatch(rows: bigint | number = 0): PurgedBatch {
  const purged = Number(rows);
  return { purged, more: purged === PURGE_BATCH };
}

/**
 * Deletes rows that are past their retention, in batches, every ten minutes until disposed. Copies may do so at the same
 * time.
 * @param purges by the name of their rows; each call deletes a batch
 */
export function enforceRetention(
  purges: Readonly<Record<string, () => Promise<PurgedBatch>>>,
  log: Logger,
): AsyncDisposable {
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      await pause(PURGE_EVERY, signal);
      for (const [of, purge] of Object.entries(purges)) await purgeAll(of, purge, log, signal);
    }
  });
}

async function purgeAll(
  of: string,
  purge: () => Promise<PurgedBatch>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let more = true; more && !signal.aborted;) {
      const batch = await purge();
      purgedRows.inc({ of }, batch.purged);
      more = batch.more;
    }
  } catch (error) {
    log.warn({ err: error, of }, 'old rows could not be purged; trying again later');
  }
}

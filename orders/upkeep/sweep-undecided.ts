import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Counter, Gauge } from '#platform/process/metrics.ts';
import type { Database } from '../schema.ts';
import { countDue, countOverdue, insertMissingRows, rearmRows } from './sweep.queries.ts';

/** Rows that are due at most because of a sweep: beyond that the relay has enough to do. */
const BATCH = 1_000;

const sweptRows = new Counter({
  name: 'orders_swept_total',
  help: 'Outbox rows that were made due again, or written again, since nothing had come of them.',
  labelNames: ['how'] as const,
});

export interface SweepOptions {
  readonly db: Database;
  /** How long an order may be undecided, or a cancel unfinished, before its row is sent again; in s. */
  readonly after: number;
  /** Called when there are rows for the relay. */
  readonly hint: () => void;
}

/**
 * Sends the outbox rows again of orders that should be decided by now, and of cancels that should be finished: whatever
 * lost them, a workflow that was terminated, a database of Temporal's that was restored, a row that is gone. Harmless
 * when nothing was lost: a workflow that runs is not started twice, and a second run finds the decision made. Rows that
 * are not dispatched are the relay's business, and are left alone.
 * @returns how many rows
 */
export async function sweepUndecided({ db, after, hint }: SweepOptions): Promise<number> {
  const room = BATCH - (await countDue(db, BATCH));
  if (room === 0) return 0;
  const rearmed = await rearmRows(db, after, room);
  const rewritten = rearmed < room ? await insertMissingRows(db, after, room - rearmed) : 0;
  sweptRows.inc({ how: 'rearmed' }, rearmed);
  sweptRows.inc({ how: 'rewritten' }, rewritten);
  if (rearmed + rewritten > 0) hint();
  return rearmed + rewritten;
}

/** Sweeps each `every` s until disposed. All copies may: they share the rows. */
export function sweepRegularly(options: SweepOptions & { every: number; log: Logger }): AsyncDisposable {
  const { db, after, every, log } = options;
  watchOverdue(db, after);
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      await pause(every * 1_000, signal);
      if (signal.aborted) return;
      try {
        const rows = await sweepUndecided(options);
        if (rows > 0) log.warn({ rows }, 'orders were undecided for too long: sent to the relay again');
      } catch (error) {
        log.warn({ err: error }, 'undecided orders could not be swept, trying again later');
      }
    }
  });
}

/** Shows among the metrics what is overdue, counted when they are asked for. */
function watchOverdue(db: Database, after: number): void {
  const overdue = new Gauge({
    name: 'orders_overdue',
    help: 'Orders undecided, and cancels unfinished, for longer than SWEEP_AFTER. NaN when the database is away.',
    labelNames: ['kind'] as const,
    async collect() {
      const found = await countOverdue(db, after).catch(() => undefined);
      overdue.set({ kind: 'pay' }, found?.pay ?? NaN);
      overdue.set({ kind: 'cancel' }, found?.cancel ?? NaN);
    },
  });
}

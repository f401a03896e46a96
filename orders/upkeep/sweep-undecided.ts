import { inBackground, pause } from '@gozon/timing';
import type { Logger } from '#platform/process/logger.ts';
import { Counter, Gauge } from '#platform/process/metrics.ts';
import type { Database } from '../schema.ts';
import { countDue, countOverdue, insertMissingRows, rearmRows } from './sweep.queries.ts';
import type { UnfinishedKind } from './sweep.queries.ts';

/** The most rows that may be due after a sweep: the relay has enough to do with them. */
const BATCH = 1_000;

const sweptRows = new Counter({
  name: 'orders_swept_total',
  help: 'Outbox rows that were made due again, or written again, since nothing had come of them.',
  labelNames: ['how'] as const,
});

export interface SweepOptions {
  readonly db: Database;
  /** How long an order may be undecided, or what was asked for unfinished, before its row is sent again; in s. */
  readonly after: number;
  /** Called when there are rows for the relay. */
  readonly hint: () => void;
}

/**
 * Sends the outbox rows of orders again that should be decided by now, and of captures, cancels and refunds that should be
 * finished. The cause may be a terminated workflow, a restored Temporal database or a deleted row. It is harmless when nothing was
 * lost: a running workflow is not started twice, and a second run finds the decision made. Rows that are not dispatched
 * are left to the relay.
 * @returns how many rows were sent again
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

/** Sweeps every `every` s until disposed. All copies may sweep: they share the rows. */
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

const KINDS: Readonly<Record<UnfinishedKind, true>> = {
  pay: true,
  authorize: true,
  capture: true,
  release: true,
  cancel: true,
  refund: true,
};

/** Exposes what is overdue as a metric by kind, counted at each scrape. */
function watchOverdue(db: Database, after: number): void {
  const overdue = new Gauge({
    name: 'orders_overdue',
    help: 'Orders undecided, and captures, cancels and refunds unfinished, for longer than SWEEP_AFTER. NaN when the database is away.',
    labelNames: ['kind'] as const,
    async collect() {
      const found = await countOverdue(db, after).catch(() => undefined);
      for (const kind of Object.keys(KINDS)) {
        overdue.set({ kind }, found ? (found.get(kind as UnfinishedKind) ?? 0) : NaN);
      }
    },
  });
}

import { inBackground, pause } from '@gozon/timing';
import type { QueryExecutorProvider } from 'kysely';
import type { Logger } from '../process/logger.ts';
import { Gauge } from '../process/metrics.ts';
import { findOldestSnapshot } from './oldest-snapshot.queries.ts';
import type { OldestSnapshot } from './oldest-snapshot.queries.ts';

/**
 * How many transactions may pass while one is held open, before a person should know. If each of them debits the same
 * account, its next debit touches 25 times as many blocks, and takes about four times as long. An order takes six or more
 * transactions where both databases are on one server: this is four minutes at 20 orders/s.
 */
export const MANY_TRANSACTIONS = 30_000;

/** In ms. */
const LOOK_EVERY = 10_000;

const behind = new Gauge({
  name: 'postgres_oldest_snapshot_transactions',
  help: 'Transactions that passed since the oldest one began that keeps dead rows of this database. NaN when it is away.',
});

/** What holds back the removal of dead rows, while it does so by too much. */
export interface SnapshotWatch extends AsyncDisposable {
  /** Names the holder. */
  readonly warning: () => string | undefined;
}

/**
 * Watches what a database keeps for its oldest transaction, until disposed. Each row that is changed meanwhile leaves a dead
 * one that cannot be removed, and statements read past them: everything works, and becomes slower.
 * @param every how often it looks, in ms
 */
export function watchOldestSnapshot(
  db: QueryExecutorProvider,
  log: Logger,
  { every = LOOK_EVERY }: { every?: number } = {},
): SnapshotWatch {
  let warning: string | undefined;
  let logged: string | undefined;

  function warn(oldest: OldestSnapshot | undefined): void {
    if (!oldest || oldest.transactions < MANY_TRANSACTIONS) {
      warning = undefined;
      logged = undefined;
      return;
    }
    const { holder, transactions } = oldest;
    warning = `${holder} is ${transactions} transactions old: until it ends no dead row is removed, and statements become slower`;
    if (holder !== logged) log.warn({ holder, transactions }, `${warning}. End it, if it may end`);
    logged = holder;
  }

  const watching = inBackground(async (signal) => {
    while (!signal.aborted) {
      try {
        const oldest = await findOldestSnapshot(db);
        behind.set(oldest?.transactions ?? 0);
        warn(oldest);
      } catch {
        // The readiness of the database says why.
        behind.set(NaN);
      }
      await pause(every, signal);
    }
  });
  return {
    warning: () => warning,
    [Symbol.asyncDispose]: async () => watching[Symbol.asyncDispose](),
  };
}

import type { WakeUp } from '@gozon/timing';
import type { Kysely, QueryExecutorProvider } from 'kysely';
import { findBacklog, findFailing, setFailedDue } from './outbox.queries.ts';
import type { BacklogOfKind, FailingRow } from './outbox.queries.ts';
import { STUCK_AFTER } from './relay.ts';

/** The operator's view of the outbox, and the one repair. */
export interface Outbox {
  /** Of all kinds together; no age is 0. */
  backlog(): Promise<Omit<BacklogOfKind, 'kind'>>;
  /** Rows that have failed, the most often tried first. A stuck one has failed so often that a person should look. */
  failing(limit: number): Promise<(FailingRow & { readonly stuck: boolean })[]>;
  /**
   * Makes due at once what waits after a failed attempt, and wakes the relay.
   * @param alongside what belongs to the same transaction
   * @returns how many rows
   */
  retryFailed(alongside: (transaction: QueryExecutorProvider) => Promise<void>): Promise<number>;
}

export function openOutbox(db: Kysely<unknown>, wakeUp: WakeUp): Outbox {
  return {
    backlog: async () => sumUp(await findBacklog(db, STUCK_AFTER)),
    failing: async (limit) =>
      (await findFailing(db, limit)).map((row) => ({ ...row, stuck: row.attempts >= STUCK_AFTER })),
    async retryFailed(alongside) {
      const rows = await db.transaction().execute(async (transaction) => {
        await alongside(transaction);
        return setFailedDue(transaction);
      });
      wakeUp.set();
      return rows;
    },
  };
}

function sumUp(kinds: readonly BacklogOfKind[]): Omit<BacklogOfKind, 'kind'> {
  return {
    pending: kinds.reduce((sum, { pending }) => sum + pending, 0),
    stuck: kinds.reduce((sum, { stuck }) => sum + stuck, 0),
    oldestAge: Math.max(0, ...kinds.map(({ oldestAge }) => oldestAge)),
  };
}

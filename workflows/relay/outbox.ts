import type { QueryExecutorProvider } from 'kysely';
import type { WakeUp } from '#platform/timing/wake-up.ts';
import { findBacklog, findFailing, setFailedDue } from './outbox.queries.ts';
import type { FailingRow } from './outbox.queries.ts';
import { STUCK_AFTER } from './relay.ts';

/** The operator's view of the outbox, and the one repair. */
export interface Outbox {
  backlog(): ReturnType<typeof findBacklog>;
  /** Rows that have failed, the most often tried first. A stuck one has failed so often that a person should look. */
  failing(limit: number): Promise<(FailingRow & { readonly stuck: boolean })[]>;
  /** Makes due at once what waits after a failed attempt, and wakes the relay. @returns how many rows */
  retryFailed(): Promise<number>;
}

export function openOutbox(db: QueryExecutorProvider, wakeUp: WakeUp): Outbox {
  return {
    backlog: async () => findBacklog(db, STUCK_AFTER),
    failing: async (limit) =>
      (await findFailing(db, limit)).map((row) => ({ ...row, stuck: row.attempts >= STUCK_AFTER })),
    async retryFailed() {
      const rows = await setFailedDue(db);
      wakeUp.set();
      return rows;
    },
  };
}

import type { Kysely } from '#platform/postgres/database.ts';
import type { WakeUp } from '#platform/timing/wake-up.ts';
import { findBacklog, findFailing, setFailedDue } from './outbox.queries.ts';
import type { OutboxTables } from './outbox.queries.ts';
import { STUCK_AFTER } from './relay.ts';

/** What an operator may ask of the outbox and do to it. */
export function openOutbox(db: Kysely<OutboxTables>, wakeUp: WakeUp) {
  return {
    backlog: async () => findBacklog(db, STUCK_AFTER),
    failing: async (limit: number) =>
      (await findFailing(db, limit)).map((row) => ({ ...row, stuck: row.attempts >= STUCK_AFTER })),
    /** Makes due at once what waits after a failed attempt, and wakes the relay. @returns how many rows */
    async retryFailed() {
      const rows = await setFailedDue(db);
      wakeUp.set();
      return rows;
    },
  };
}

import { sql } from 'kysely';
import { ORDER_EVENTS_CHANNEL, OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import type { Logger } from '#platform/process/logger.ts';
import { coalesce } from '#platform/timing/coalesce.ts';
import type { Database } from '../schema.ts';

/** Says, after a commit, that there is something to do. Coalesced, and never waited for: a lost hint costs one poll. */
export interface Hints {
  /** The outbox has a new row: for the relay, and for whoever follows orders. */
  outboxWritten: () => void;
  /** Orders were decided: for whoever follows them. */
  ordersChanged: () => void;
}

export function createHints(db: Database, log: Logger): Hints {
  const written = coalesce<void>(async () => {
    await sql`select pg_notify(${OUTBOX_CHANNEL}, ''), pg_notify(${ORDER_EVENTS_CHANNEL}, '')`.execute(db);
  });
  const changed = coalesce<void>(async () => {
    await sql`select pg_notify(${ORDER_EVENTS_CHANNEL}, '')`.execute(db);
  });
  const unheard = (error: unknown) => log.debug({ err: error }, 'a hint was lost');
  return {
    outboxWritten: () => void written().catch(unheard),
    ordersChanged: () => void changed().catch(unheard),
  };
}

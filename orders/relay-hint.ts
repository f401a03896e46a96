import { sql } from 'kysely';
import { OUTBOX_CHANNEL } from '#contracts/outbox-channel.ts';
import { coalesce } from '#platform/coalesce.ts';
import type { Kysely } from '#platform/database.ts';
import type { Logger } from '#platform/logger.ts';
import type { OrdersTables } from './schema.ts';

/** Tells the relay that there is something to do. Coalesced, and never waited for: a lost hint costs one poll. */
export function createRelayHint(db: Kysely<OrdersTables>, log: Logger): () => void {
  const notify = coalesce<void>(async () => {
    await sql`select pg_notify(${OUTBOX_CHANNEL}, '')`.execute(db);
  });
  return () => {
    notify().catch((error: unknown) => log.debug({ err: error }, 'a hint to the relay was lost'));
  };
}

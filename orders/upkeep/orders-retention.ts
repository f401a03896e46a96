import type { PurgedBatch } from '#platform/postgres/enforce-retention.ts';
import { purgeKeys } from '#platform/postgres/purge-keys.ts';
import type { Database } from '../schema.ts';
import { purgeEvents, purgeInbox, purgeOutbox } from './retention.queries.ts';

/**
 * The purges of the orders database. Orders are kept indefinitely, as are payments' decisions and postings.
 * @param days how long outbox rows of decided orders, inbox rows and events are kept; longer than the topic keeps
 *   messages
 */
export function ordersRetention(db: Database, days: number): Record<string, () => Promise<PurgedBatch>> {
  let after = 0n;
  return {
    'idempotency keys': async () => purgeKeys(db),
    'outbox rows': async () => {
      const batch = await purgeOutbox(db, { after, days });
      // A round skips the rows that had to stay; the next round looks at them again.
      after = batch.more ? batch.last : 0n;
      return batch;
    },
    'inbox rows': async () => purgeInbox(db, days),
    'order events': async () => purgeEvents(db, days),
  };
}

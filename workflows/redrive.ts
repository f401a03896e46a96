import type { Kysely } from '#platform/database.ts';
import type { HintBell } from '#platform/hint-bell.ts';
import { setFailedDue } from './outbox.queries.ts';
import type { OutboxTables } from './outbox.queries.ts';

/** Makes every row due that waits after a failure, and wakes the relay. @returns how many */
export async function redrive(ordersDb: Kysely<OutboxTables>, bell: HintBell): Promise<number> {
  const rows = await setFailedDue(ordersDb);
  bell.ring();
  return rows;
}

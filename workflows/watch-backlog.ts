import type { Kysely } from '#platform/database.ts';
import { Gauge } from '#platform/metrics.ts';
import { findBacklog } from './outbox.queries.ts';
import type { OutboxTables } from './outbox.queries.ts';
import { STUCK_AFTER } from './relay.ts';

/** Shows the outbox's backlog among the metrics, counted when they are asked for. */
export function watchBacklog(db: Kysely<OutboxTables>): void {
  const stuck = new Gauge({
    name: 'outbox_stuck',
    help: `Rows that failed to start ${STUCK_AFTER} times or more; they are still tried.`,
  });
  const oldest = new Gauge({
    name: 'outbox_oldest_age_seconds',
    help: 'Age of the oldest row that is not dispatched.',
  });
  const pending = new Gauge({
    name: 'outbox_pending',
    help: 'Rows that are not dispatched. NaN when the database is away.',
    async collect() {
      const backlog = await findBacklog(db, STUCK_AFTER).catch(() => undefined);
      pending.set(backlog?.pending ?? NaN);
      stuck.set(backlog?.stuck ?? NaN);
      oldest.set(backlog?.oldestAge ?? NaN);
    },
  });
}

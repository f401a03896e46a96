import type { Kysely } from '#platform/postgres/database.ts';
import { Gauge } from '#platform/process/metrics.ts';
import { findBacklog } from './outbox.queries.ts';
import type { OutboxTables } from './outbox.queries.ts';
import { STUCK_AFTER } from './relay.ts';

type Backlog = Awaited<ReturnType<typeof findBacklog>>;

/** Shows the outbox's backlog among the metrics, counted once each time they are asked for; NaN when its database is away. */
export function watchBacklog(db: Kysely<OutboxTables>): void {
  let counting: Promise<Backlog | undefined> | undefined;
  // All gauges are asked at the same time, and each only for its own value.
  const count = async () =>
    (counting ??= findBacklog(db, STUCK_AFTER)
      .catch(() => undefined)
      .finally(() => {
        counting = undefined;
      }));

  const show = (name: string, help: string, part: keyof Backlog) => {
    const gauge = new Gauge({
      name,
      help,
      async collect() {
        gauge.set((await count())?.[part] ?? NaN);
      },
    });
  };
  show('outbox_pending', 'Rows that are not dispatched.', 'pending');
  show(
    'outbox_stuck',
    `Rows that failed to start ${STUCK_AFTER} times or more; they are still tried.`,
    'stuck',
  );
  show('outbox_oldest_age_seconds', 'Age of the oldest row that is not dispatched.', 'oldestAge');
}

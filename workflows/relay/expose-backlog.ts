import type { QueryExecutorProvider } from 'kysely';
import { Gauge } from '#platform/process/metrics.ts';
import { findBacklog } from './outbox.queries.ts';
import { STUCK_AFTER } from './relay.ts';

type Backlog = Awaited<ReturnType<typeof findBacklog>>;

/** Shows the outbox's backlog among the metrics, counted once at each scrape; NaN while its database is away. */
export function exposeBacklog(db: QueryExecutorProvider): void {
  let counting: Promise<Backlog | undefined> | undefined;
  // All gauges are collected at the same time, and each sets only its own value.
  const count = async () =>
    (counting ??= findBacklog(db, STUCK_AFTER)
      .catch(() => undefined)
      .finally(() => {
        counting = undefined;
      }));

  const expose = (name: string, help: string, part: keyof Backlog) => {
    const gauge = new Gauge({
      name,
      help,
      async collect() {
        gauge.set((await count())?.[part] ?? NaN);
      },
    });
  };
  expose('outbox_pending', 'Rows that are not dispatched.', 'pending');
  expose(
    'outbox_stuck',
    `Rows that failed to start ${STUCK_AFTER} times or more; they are still tried.`,
    'stuck',
  );
  expose('outbox_oldest_age_seconds', 'Age of the oldest row that is not dispatched.', 'oldestAge');
}

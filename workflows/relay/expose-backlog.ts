import { STUCK_AFTER, findBacklog } from '@gozon/temporal-outbox';
import type { BacklogOfKind } from '@gozon/temporal-outbox';
import type { QueryExecutorProvider } from 'kysely';
import { Gauge } from '#platform/process/metrics.ts';

/** Rows of kinds that this copy does not know, which a newer one will dispatch. */
const OTHER = 'other';

/**
 * Shows the outbox's backlog among the metrics by kind, counted once at each scrape; NaN while its database is away.
 * @param kinds those of the registry, which are shown without rows too
 */
export function exposeBacklog(db: QueryExecutorProvider, kinds: readonly string[]): void {
  let counting: Promise<readonly BacklogOfKind[] | undefined> | undefined;
  // All gauges are collected at the same time, and each sets only its own value.
  const count = async () =>
    (counting ??= findBacklog(db, STUCK_AFTER)
      .catch(() => undefined)
      .finally(() => {
        counting = undefined;
      }));

  const expose = (
    name: string,
    help: string,
    part: Exclude<keyof BacklogOfKind, 'kind'>,
    combine: (one: number, other: number) => number = (one, other) => one + other,
  ) => {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['kind'] as const,
      async collect() {
        const backlog = await count();
        const values = new Map([...kinds, OTHER].map((kind) => [kind, backlog ? 0 : NaN]));
        for (const { kind, ...found } of backlog ?? []) {
          const known = values.has(kind) ? kind : OTHER;
          values.set(known, combine(values.get(known) ?? 0, found[part]));
        }
        for (const [kind, value] of values) gauge.set({ kind }, value);
      },
    });
  };
  expose('outbox_pending', 'Rows that are not dispatched. NaN when the database is away.', 'pending');
  expose(
    'outbox_stuck',
    `Rows that failed to start ${STUCK_AFTER} times or more; they are still tried. NaN when the database is away.`,
    'stuck',
  );
  expose(
    'outbox_oldest_age_seconds',
    'Since the oldest row was written that is not dispatched. NaN when the database is away.',
    'oldestAge',
    Math.max,
  );
}

import { sql } from 'kysely';
import type { Database, OrdersTables } from '../schema.ts';

/** How often the pause before a row is sent again doubles: from the fifth time on it is 16 times as long as at first. */
const DOUBLINGS = 4;

/** How many rows are due that no relay has taken yet; counts no further than `limit`. */
export async function countDue(db: Database, limit: number): Promise<number> {
  const { rows } = await sql<{ due: number }>`
    select count(*)::int as due from (
      select from outbox where dispatched_at is null and due_at <= now() limit ${limit}
    ) as due`.execute(db);
  return rows[0]?.due ?? 0;
}

export type UnfinishedKind = OrdersTables['unfinished']['kind'];

/** By kind, how many orders are undecided, and how much of what was asked for is unfinished, for longer than `after` s. */
export async function countOverdue(
  db: Database,
  after: number,
): Promise<ReadonlyMap<UnfinishedKind, number>> {
  const { rows } = await sql<{ kind: UnfinishedKind; overdue: number }>`
    select kind, count(*)::int as overdue
    from unfinished where since < now() - ${after} * interval '1 second' group by kind`.execute(db);
  return new Map(rows.map(({ kind, overdue }) => [kind, overdue]));
}

/**
 * Makes rows due again that were dispatched `after` s ago and have led to nothing; twice as long ago after each time.
 * Attempts are counted from zero, since these rows have failed at nothing. The payload is signed again, with the key of
 * today. `skip locked`, so that copies share the
 * work. @returns how many
 */
export async function rearmRows(db: Database, after: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    with late as (
      select outbox_id, unfinished.payload from unfinished join outbox using (workflow_id, kind)
      where dispatched_at < now() - ${after} * interval '1 second' * 2 ^ least(sweeps, ${DOUBLINGS}::integer)
      order by dispatched_at limit ${limit}
      for update of outbox skip locked
    )
    update outbox
    set dispatched_at = null, due_at = now(), sweeps = sweeps + 1, attempts = 0, last_error = null, payload = late.payload
    from late where outbox.outbox_id = late.outbox_id`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/**
 * Writes rows again that are gone although their orders wait for them, each under a trace of its own. @returns how many
 */
export async function insertMissingRows(db: Database, after: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into outbox (kind, workflow_id, payload, traceparent, sweeps)
    select kind, workflow_id, payload,
           '00-' || replace(gen_random_uuid()::text, '-', '') || '-' ||
           left(replace(gen_random_uuid()::text, '-', ''), 16) || '-00', 1
    from unfinished
    where since < now() - ${after} * interval '1 second'
      and not exists (
        select from outbox where outbox.workflow_id = unfinished.workflow_id and outbox.kind = unfinished.kind
      )
    order by since limit ${limit}
    on conflict do nothing`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

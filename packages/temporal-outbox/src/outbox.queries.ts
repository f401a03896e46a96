import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { WITHOUT_WAITING } from './claim.queries.ts';

type Database = QueryExecutorProvider;

/**
 * Whether a row is not dispatched, in statements that find rows by id. As `dispatched_at is null` it would fit the indexes of
 * what waits, which the statistics call nearly empty. While a snapshot is held these keep an entry of each row that passed,
 * and a mark read them all: 27 ms after 34,000 orders.
 */
const IS_PENDING = sql`num_nulls(outbox.dispatched_at) = 1`;

/** What the relay writes back of a row. A run id is absent when the workflow was running already. */
export interface DispatchedRow {
  readonly outboxId: string;
  /** As it was claimed: a relay that was stopped for longer than its lease must not undo a later sweep. */
  readonly sweeps: number;
  readonly runId: string | null;
  readonly startedEagerly: boolean | null;
}

/**
 * Keeps the last error, so that a person can see why the workflow was started late.
 *
 * The limit leaves nothing out. By it PostgreSQL expects one row and not ten when it plans for any number, and so keeps one
 * plan, with which a mark takes 0.2 ms instead of 0.35.
 */
export async function setDispatched(db: Database, rows: readonly DispatchedRow[]): Promise<void> {
  await sql`
    update outbox
    set dispatched_at = now(), attempts = attempts + 1,
        run_id = coalesce(started.run_id, outbox.run_id), started_eagerly = started.eagerly
    from (
      select * from unnest(
        ${rows.map((row) => row.outboxId)}::bigint[],
        ${rows.map((row) => row.sweeps)}::integer[],
        ${rows.map((row) => row.runId)}::text[],
        ${rows.map((row) => row.startedEagerly)}::boolean[]
      ) as started (outbox_id, sweeps, run_id, eagerly) limit ${rows.length}
    ) as started
    where outbox.outbox_id = started.outbox_id and outbox.sweeps = started.sweeps and ${IS_PENDING}
      and ${WITHOUT_WAITING}`.execute(db);
}

/** Records a failed attempt, and when the next one is due (ms from now). */
export async function setFailed(
  db: Database,
  row: { outboxId: string; error: string; retryIn: number },
): Promise<void> {
  await sql`
    update outbox
    set attempts = attempts + 1, last_error = ${row.error},
        due_at = now() + ${row.retryIn} * interval '1 millisecond'
    where outbox_id = ${row.outboxId} and ${IS_PENDING}`.execute(db);
}

/** Hands rows back without an attempt: due at once, for any relay that can dispatch them. */
export async function setDue(db: Database, outboxIds: readonly string[]): Promise<void> {
  await sql`
    update outbox set due_at = now()
    where outbox_id = any(${outboxIds}::bigint[]) and ${IS_PENDING}`.execute(db);
}

/** Makes due at once what waits after a failed attempt. @returns how many rows */
export async function setFailedDue(db: Database): Promise<number> {
  const { numAffectedRows } = await sql`
    update outbox set due_at = now()
    where dispatched_at is null and attempts > 0 and due_at > now()`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Whether rows of these kinds have been due for `seconds` without any relay taking them. */
export async function hasOverdueRows(
  db: Database,
  { kinds, seconds }: { kinds: readonly string[]; seconds: number },
): Promise<boolean> {
  const { rows } = await sql`
    select from outbox
    where dispatched_at is null and due_at < now() - ${seconds} * interval '1 second'
      and kind = any(${kinds}::text[])
    limit 1`.execute(db);
  return rows.length > 0;
}

/** Rows of a kind that are not dispatched yet. */
export interface BacklogOfKind {
  readonly kind: string;
  readonly pending: number;
  /** How many of them have failed so often that a person should look. */
  readonly stuck: number;
  /** Of the oldest, in s. */
  readonly oldestAge: number;
}

/** What is not dispatched yet, of each kind that has something. Stuck is a row that failed `stuckAfter` times or more. */
export async function findBacklog(db: Database, stuckAfter: number): Promise<BacklogOfKind[]> {
  const { rows } = await sql<BacklogOfKind>`
    select kind, count(*)::int as pending,
           count(*) filter (where attempts >= ${stuckAfter})::int as stuck,
           extract(epoch from now() - min(created_at))::float8 as "oldestAge"
    from outbox where dispatched_at is null group by kind`.execute(db);
  return rows;
}

/** A row that waits for its next attempt. */
export interface FailingRow {
  readonly kind: string;
  readonly workflowId: string;
  readonly payload: object;
  readonly attempts: number;
  readonly lastError: string;
  readonly createdAt: Date;
  readonly dueAt: Date;
}

/** Rows that have failed, the most often tried first. */
export async function findFailing(db: Database, limit: number): Promise<FailingRow[]> {
  const { rows } = await sql<FailingRow>`
    select kind, workflow_id as "workflowId", payload, attempts, coalesce(last_error, '') as "lastError",
           created_at as "createdAt", due_at as "dueAt"
    from outbox where dispatched_at is null and attempts > 0
    order by attempts desc, outbox_id limit ${limit}`.execute(db);
  return rows;
}

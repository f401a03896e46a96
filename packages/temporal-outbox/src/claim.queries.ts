import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { TraceContext } from './trace-context.ts';

/** An outbox row that this relay holds until its lease runs out. */
export interface ClaimedRow extends TraceContext {
  /** A bigint as text, since drivers differ in what they make of it. */
  readonly outboxId: string;
  readonly kind: string;
  readonly workflowId: string;
  readonly payload: object;
  readonly attempts: number;
  /** How often the sweep had sent it again by then. */
  readonly sweeps: number;
  /** Whose row it is; null for a row that takes no turns. */
  readonly fairnessKey: string | null;
  /** How long ago it was enqueued, in ms. */
  readonly waited: number;
}

/** How many workflows each fairness key has in flight, of those that have any. */
export interface KeysInFlight {
  readonly mostOfKey: number;
  readonly inFlight: ReadonlyMap<string, number>;
}

export interface ClaimOptions {
  readonly kinds: readonly string[];
  readonly limit: number;
  /** In ms. */
  readonly lease: number;
  readonly keys: KeysInFlight;
  readonly from: First;
}

/** Where claims begin: the least turn, and the least due time of a row without a turn; both as text, which PostgreSQL reads again. */
export interface First {
  readonly turn: string;
  readonly dueAt: string;
}

export const FROM_THE_FIRST: First = { turn: '0', dueAt: '-infinity' };

/**
 * How many rows more than its limit a claim looks at. Rows that are withheld stand before those of other keys: two turns of
 * at most 32 keys (64 in flight, 2 of a key), and what one key enqueued at the same time.
 */
const AHEAD = 64;

/**
 * A condition, always true, by which a statement commits without waiting for the disk, or for a replica. For what may be
 * lost: a claim or a mark that a crash of PostgreSQL takes back makes its row due again, and starting a workflow again is
 * harmless.
 */
export const WITHOUT_WAITING = sql`set_config('synchronous_commit', 'off', true) = 'off'`;

/** Moves the due time past the lease. A claimed row has left the turns. */
const claim = (lease: number) => sql`
  update outbox set due_at = now() + ${lease} * interval '1 millisecond', turn = null
  from due where outbox.outbox_id = due.outbox_id and ${WITHOUT_WAITING}
  returning outbox.outbox_id::text as "outboxId", kind, workflow_id as "workflowId", payload, traceparent, tracestate, attempts,
            sweeps, fairness_key as "fairnessKey", (extract(epoch from now() - created_at) * 1000)::float8 as waited`;

const inFlightOfKey = ({ inFlight }: KeysInFlight) =>
  sql`coalesce((${JSON.stringify(Object.fromEntries(inFlight))}::jsonb ->> fairness_key)::integer, 0)`;

/**
 * Claims up to `limit` due rows of these kinds by moving their due time past the lease. By state and never by
 * `id > last seen`, which loses rows whose transaction committed late. `skip locked` lets relays share the table without
 * waiting.
 *
 * Rows come alternately from two ranges of the index `outbox_turns`, however many wait: those that have a turn, by turn, at
 * most `limit` and {@link AHEAD}; and by due time, at most `limit`, those without one, which took none or have been claimed
 * before. Both ask for the whole order of that index, so that no plan sorts what waits. The first asks for a range of
 * turns and not for `turn is not null`, so that `outbox_turns_of_key` does not fit.
 *
 * Of the first, rows are withheld whose key would have more in flight than it may. The others are locked by primary key
 * alone. With the predicate of an index they would be looked for among all that waits, while the statistics do not know
 * how much that is.
 *
 * The next turn is then the one after the last claimed, but never passes a withheld row by more than one. So the first row
 * of any other key stands right behind the withheld ones.
 *
 * `withholds`: some of the rows it looked at are withheld. `isCrowded`: further rows may be behind those, which are withheld
 * or held by other relays. `first`: no row of a transaction that has ended is before it.
 */
export async function claimDueRows(
  db: QueryExecutorProvider,
  { kinds, limit, lease, keys, from }: ClaimOptions,
): Promise<{ rows: ClaimedRow[]; withholds: boolean; isCrowded: boolean; first: First }> {
  const { rows } = await sql<Seen & (ClaimedRow | Unclaimed)>`
    with front as (
      select outbox_id, turn, due_at, fairness_key from outbox
      where dispatched_at is null and (turn, due_at) >= (${from.turn}::bigint, '-infinity') and due_at <= now()
        and kind = any(${kinds}::text[])
      order by turn, due_at limit ${limit + AHEAD}
    ),
    of_keys as (
      select outbox_id, turn, due_at,
             row_number() over (partition by fairness_key order by turn, due_at) + ${inFlightOfKey(keys)} > ${keys.mostOfKey}
               as withheld
      from front
    ),
    in_turn as (
      select outbox_id, turn from outbox
      where outbox_id = any(array(select outbox_id from of_keys where not withheld order by turn, due_at limit ${limit}))
        and turn is not null and due_at <= now()
      for update skip locked
    ),
    by_time as (
      select outbox_id, turn, due_at from outbox
      where dispatched_at is null and turn is null and due_at between ${from.dueAt}::timestamptz and now()
        and kind = any(${kinds}::text[])
      order by turn, due_at limit ${limit}
      for update skip locked
    ),
    due as (
      select outbox_id, turn, row_number() over (order by turn) as nth from in_turn
      union all
      select outbox_id, turn, row_number() over (order by due_at) from by_time
      order by nth limit ${limit}
    ),
    claimed as (${claim(lease)})
    select claimed.*, first_turn::text as "firstTurn", first_due_at as "firstDueAt",
           withheld_from is not null as withholds, is_full or (withheld_from is not null and allowed > locked) as "isCrowded",
           case when claimed."outboxId" is not null then (
             select setval('outbox_turn', greatest(last_value, 1 + (
               select max(turn) from due where turn <= coalesce(withheld_from, turn)
             ))) from outbox_turn
           ) end as "nextTurn"
    from (
      select count(*) = ${limit + AHEAD} as is_full, min(turn) filter (where withheld) as withheld_from,
             least(${limit}, count(*) filter (where not withheld)) as allowed, (select count(*) from in_turn) as locked,
             coalesce(min(turn), (select last_value from outbox_turn)) as first_turn,
             coalesce((select min(due_at) from by_time), now())::text as first_due_at
      from of_keys
    ) seen left join claimed on true`.execute(db);
  const [seen] = rows;
  if (!seen) throw new Error('the outbox has no sequence of turns');
  return {
    rows: rows.filter((row) => row.outboxId !== null).map(toClaimedRow),
    withholds: seen.withholds,
    isCrowded: seen.isCrowded,
    first: { turn: seen.firstTurn, dueAt: seen.firstDueAt },
  };
}

interface Seen {
  readonly withholds: boolean;
  readonly isCrowded: boolean;
  readonly firstTurn: string;
  readonly firstDueAt: string;
  readonly nextTurn: unknown;
}

interface Unclaimed {
  readonly outboxId: null;
}

function toClaimedRow({
  withholds: _1,
  isCrowded: _2,
  firstTurn: _3,
  firstDueAt: _4,
  nextTurn: _5,
  ...row
}: Seen & ClaimedRow): ClaimedRow {
  return row;
}

/**
 * Claims the first row of up to `limit` keys after the one given that may have more in flight, wherever its turn is. It finds
 * the keys one by one in the index `outbox_turns_of_key`, and so passes over any number of rows of a key that may not.
 */
export async function claimOfOtherKeys(
  db: QueryExecutorProvider,
  { kinds, limit, lease, keys, after }: Omit<ClaimOptions, 'from'> & { readonly after: string },
): Promise<ClaimedRow[]> {
  const next = (previous: ReturnType<typeof sql>) => sql`
    select fairness_key from outbox
    where dispatched_at is null and turn is not null and fairness_key > ${previous}
    order by fairness_key, turn limit 1`;
  const { rows } = await sql<ClaimedRow>`
    with recursive key as (
      (${next(sql`${after}`)})
      union all
      select (${next(sql`key.fairness_key`)}) from key where key.fairness_key is not null
    ),
    due as (
      select first.outbox_id from key cross join lateral (
        select outbox_id from outbox
        where dispatched_at is null and turn is not null and due_at <= now() and kind = any(${kinds}::text[])
          and outbox.fairness_key between key.fairness_key and key.fairness_key
        order by outbox.fairness_key, turn limit 1
        for update skip locked
      ) first
      where ${inFlightOfKey(keys)} < ${keys.mostOfKey}
      limit ${limit}
    ),
    claimed as (${claim(lease)})
    select * from claimed order by "fairnessKey"`.execute(db);
  return rows;
}

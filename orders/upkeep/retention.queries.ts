import { sql } from 'kysely';
import { PURGE_BATCH, purgedBatch } from '#platform/postgres/enforce-retention.ts';
import type { PurgedBatch } from '#platform/postgres/enforce-retention.ts';
import type { Database } from '../schema.ts';

// What is deleted is named by an array. Joined with a thousand rows, PostgreSQL would rather read the whole table.

/** `days` ago. */
function ago(days: number) {
  return sql`now() - ${days} * interval '1 day'`;
}

/**
 * Looks at the next batch of the outbox, oldest first, and deletes the rows that were dispatched `days` ago and whose
 * request is finished. The sweep needs the rows of unfinished requests. An index on the age would be written three
 * times an order.
 * @param after the row at which the last batch ended
 * @returns also the row at which this batch ended
 */
export async function purgeOutbox(
  db: Database,
  { after, days }: { after: bigint; days: number },
): Promise<PurgedBatch & { last: bigint }> {
  const { rows } = await sql<{ purged: number; more: boolean; last: bigint }>`
    with oldest as (
      select outbox_id, created_at from outbox
      where outbox_id > ${after} order by outbox_id limit ${PURGE_BATCH}
    ),
    deleted as (
      delete from outbox
      where outbox_id = any(array(select outbox_id from oldest)) and dispatched_at < ${ago(days)}
        and not exists (
          select from unfinished
          where unfinished.order_id = (outbox.payload ->> 'orderId')::uuid and unfinished.kind = outbox.kind
        )
      returning outbox_id
    )
    select (select count(*) from deleted)::int as purged, coalesce(max(outbox_id), 0) as last,
           count(*) = ${PURGE_BATCH} and bool_and(created_at < ${ago(days)}) as more
    from oldest`.execute(db);
  return rows[0] ?? { purged: 0, more: false, last: 0n };
}

/** Deletes a batch of rows that are `days` old. A repeat of their events is harmless: the order has it already. */
export async function purgeInbox(db: Database, days: number): Promise<PurgedBatch> {
  const { numAffectedRows } = await sql`
    delete from inbox where event_id = any(array(
      select event_id from inbox where received_at < ${ago(days)}
      order by received_at limit ${PURGE_BATCH}
      for update skip locked
    ))`.execute(db);
  return purgedBatch(numAffectedRows);
}

/**
 * Deletes a batch of the events that are `days` old, by their position, and records up to which position they are gone.
 */
export async function purgeEvents(db: Database, days: number): Promise<PurgedBatch> {
  const { rows } = await sql<{ purged: number }>`
    with oldest as (
      select event_id, created_at from order_events
      where position is not null order by position limit ${PURGE_BATCH}
    ),
    deleted as (
      delete from order_events
      where event_id = any(array(select event_id from oldest where created_at < ${ago(days)}))
      returning position
    ),
    noted as (
      update purged_order_events set up_to = greatest(up_to, (select max(position) from deleted))
      where exists (select from deleted)
    )
    select count(*)::int as purged from deleted`.execute(db);
  return purgedBatch(rows[0]?.purged);
}

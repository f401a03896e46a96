import { sql } from 'kysely';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import type { Database } from '../schema.ts';

/** A payment event, and the status that its order gets by it. */
export interface PaymentEventRow {
  readonly eventId: string;
  readonly orderId: string;
  readonly rank: number;
  readonly status: OrderStatus;
  readonly failureReason: string | null;
  readonly partition: number;
  readonly offset: string;
}

/** Events of a batch that were not applied, by their ids. They are not in the inbox. */
export interface NotApplied {
  /** There is no such order. */
  readonly orphans: readonly string[];
  /** Another transaction has locked the order. */
  readonly locked: readonly string[];
}

/**
 * Applies a batch of payment events in one statement, which is one transaction and one round trip. It records each
 * event in the inbox, and skips those that are there already. It takes the highest rank of each order, since `update …
 * from` with two rows for one order would take either. Then it moves the orders that have a lower rank. The time of a
 * change is that of its lock, not of its transaction, which may have begun before that of an earlier change: an order's
 * times never go back, nor stand still when the clock does.
 *
 * An order that another transaction has locked is left out, all its events together, so that the others do not wait. With
 * `wait` they wait.
 */
export async function applyPaymentEvents(
  db: Database,
  events: readonly PaymentEventRow[],
  { wait = false }: { readonly wait?: boolean } = {},
): Promise<NotApplied> {
  // As arrays: the planner sees how few they are. For JSON it expects a hundred rows, and scans the whole table of
  // orders.
  const column = <Name extends keyof PaymentEventRow>(name: Name) => events.map((event) => event[name]);
  const { rows } = await sql<{ eventId: string; isLocked: boolean }>`
    with incoming as (
      select * from unnest(
        ${column('eventId')}::text[], ${column('orderId')}::uuid[], ${column('rank')}::smallint[],
        ${column('status')}::text[], ${column('failureReason')}::text[],
        ${column('partition')}::integer[], ${column('offset')}::bigint[]
      ) as event ("eventId", "orderId", rank, status, "failureReason", partition, "offset")
      where not exists (select from inbox where inbox.event_id = event."eventId")
    ),
    free as (
      select order_id, user_id from orders
      where order_id = any (array(select "orderId" from incoming))
      for no key update ${sql.raw(wait ? '' : 'skip locked')}
    ),
    known as (
      select incoming.*, free.user_id from incoming join free on free.order_id = incoming."orderId"
    ),
    fresh as (
      insert into inbox (event_id, topic_partition, topic_offset)
      select "eventId", partition, "offset" from known
      on conflict do nothing returning event_id
    ),
    highest as (
      select distinct on ("orderId") known.*
      from known join fresh on fresh.event_id = known."eventId"
      order by "orderId", rank desc
    ),
    moved as (
      update orders
      set status = highest.status, status_rank = highest.rank, failure_reason = highest."failureReason",
          updated_at = greatest(clock_timestamp(), orders.updated_at + interval '1 millisecond')
      from highest
      where orders.order_id = highest."orderId" and orders.status_rank < highest.rank
      returning orders.order_id, orders.user_id, orders.status, orders.updated_at,
                highest."eventId", highest.partition, highest."offset"
    ),
    recorded as (
      insert into order_events (order_id, user_id, status, created_at, detail)
      select order_id, user_id, status, updated_at,
             jsonb_build_object('eventId', "eventId", 'partition', partition, 'offset', "offset")
      from moved
    )
    select "eventId" as event_id,
           exists (select from orders where orders.order_id = incoming."orderId") as is_locked
    from incoming
    where not exists (select from known where known."eventId" = incoming."eventId")`.execute(db);
  const ids = (locked: boolean) =>
    rows.filter(({ isLocked }) => isLocked === locked).map((row) => row.eventId);
  return { orphans: ids(false), locked: ids(true) };
}

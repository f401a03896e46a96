import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toOrderReply } from '../order/order.queries.ts';
import type { OrderRow } from '../order/order.queries.ts';
import type { Database } from '../schema.ts';

/** One change of an order: its position in the stream, and the order as it was after the change. */
export interface StreamedEvent {
  readonly position: bigint;
  readonly order: OrderReply;
  /** Of the span that made the change, if spans were recorded: see fromTraceText(). */
  readonly trace: string | null;
}

/**
 * Calls `position_order_events()` of schema.sql for up to `limit` events whose ids are after one.
 * @returns how many got a position, and an id up to which all were given to events, committed or not
 */
export async function positionEvents(
  db: Database,
  { after, limit }: EventRange,
): Promise<{ count: number; lastGiven: bigint }> {
  const { rows } = await sql<{ count: number; lastGiven: bigint }>`
    select position_order_events(${limit}, ${after}) as count, last_value - 1 as last_given
    from order_events_event_id_seq`.execute(db);
  return rows[0] ?? { count: 0, lastGiven: 0n };
}

interface Ends {
  /** The last position that was given, 0 before the first. */
  readonly last: bigint;
  /** The position up to which events are purged. */
  readonly purged: bigint;
  /** No position has been given from here on: positions follow the clock, so that a restored database gives none twice. */
  readonly next: bigint;
}

export async function findEnds(db: Database): Promise<Ends> {
  const { rows } = await sql<Ends>`
    select last, purged, greatest(last + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint) as next
    from (
      select greatest(up_to, (select max(position) from order_events)) as last, up_to as purged from purged_order_events
    ) as ends`.execute(db);
  return rows[0] ?? { last: 0n, purged: 0n, next: 1n };
}

interface EventRange {
  readonly after: bigint;
  readonly limit: number;
}

/** Events of all users after one position, oldest first. */
export async function findEvents(db: Database, { after, limit }: EventRange): Promise<StreamedEvent[]> {
  return findOrdersAt(
    db,
    sql`select * from order_events where position > ${after} order by position limit ${limit}`,
  );
}

/**
 * Events of one user after one position and up to another, oldest first. The user is a range of one value for the same
 * reason as the status in findOrders: the events of others in between are not read, however many they are.
 */
export async function findEventsOfUser(
  db: Database,
  userId: string,
  { after, upTo, limit }: EventRange & { readonly upTo: bigint },
): Promise<StreamedEvent[]> {
  return findOrdersAt(
    db,
    sql`select * from order_events
      where user_id between ${userId} and ${userId} and position > ${after} and position <= ${upTo}
      order by user_id, position limit ${limit}`,
  );
}

/**
 * The fields of an order that can change are in the event; the others never change. Each order is looked up by itself, which
 * the limit makes sure of: for the 500 of a batch PostgreSQL would rather read all orders, and hash them.
 */
async function findOrdersAt(db: Database, events: RawBuilder<unknown>): Promise<StreamedEvent[]> {
  const { rows } = await sql<OrderRow & { position: bigint; trace: string | null }>`
    select e.position, e.detail ->> 'trace' as trace, o.order_id, o.user_id, o.amount, o.currency, o.description, e.status,
           case e.status when 'failed' then o.failure_reason end as failure_reason,
           case when o.cancel_requested_at <= e.created_at then o.cancel_requested_at end as cancel_requested_at,
           o.capture_method, case when e.status <> 'created' then o.capture_before end as capture_before,
           case when o.capture_requested_at <= e.created_at then o.capture_requested_at end as capture_requested_at,
           o.amount_captured, coalesce((e.detail ->> 'amountRefunded')::bigint, 0) as amount_refunded,
           o.cancellation_reason,
           o.created_at, e.created_at as updated_at
    from (${events}) e
    cross join lateral (select * from orders where order_id = e.order_id limit 1) o
    order by e.position`.execute(db);
  return rows.map(({ position, trace, ...row }) => ({ position, trace, order: toOrderReply(row) }));
}

import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toOrderReply } from '../order/order.queries.ts';
import type { OrderRow } from '../order/order.queries.ts';
import type { Database } from '../schema.ts';

/** One change of an order: its position in the stream, and the order as it was after the change. */
export interface StreamedEvent {
  readonly position: bigint;
  readonly order: OrderReply;
}

/** Calls `position_order_events()` of schema.sql for up to `limit` events. Returns how many got a position. */
export async function positionEvents(db: Database, limit: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select position_order_events(${limit}) as count`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The last position that was given, 0 before the first; and the position up to which events are purged. */
export async function findEnds(db: Database): Promise<{ last: bigint; purged: bigint }> {
  const { rows } = await sql<{ last: bigint; purged: bigint }>`
    select greatest(up_to, (select max(position) from order_events)) as last, up_to as purged
    from purged_order_events`.execute(db);
  return rows[0] ?? { last: 0n, purged: 0n };
}

/**
 * Events after one position, oldest first; on request up to another position, and of one user only. The fields of an
 * order that can change are in the event; the others never change.
 */
export async function findEvents(
  db: Database,
  range: { after: bigint; upTo?: bigint; userId?: string; limit: number },
): Promise<StreamedEvent[]> {
  const { rows } = await sql<OrderRow & { position: bigint }>`
    select e.position, o.order_id, o.user_id, o.amount, o.currency, o.description, e.status,
           case e.status when 'failed' then o.failure_reason end as failure_reason,
           case when o.cancel_requested_at <= e.created_at then o.cancel_requested_at end as cancel_requested_at,
           o.created_at, e.created_at as updated_at
    from order_events e join orders o using (order_id)
    where e.position > ${range.after}
      and (${range.upTo ?? null}::bigint is null or e.position <= ${range.upTo ?? null}::bigint)
      and (${range.userId ?? null}::uuid is null or e.user_id = ${range.userId ?? null}::uuid)
    order by e.position limit ${range.limit}`.execute(db);
  return rows.map(({ position, ...row }) => ({ position, order: toOrderReply(row) }));
}

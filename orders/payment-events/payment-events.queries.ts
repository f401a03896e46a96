import { sql } from 'kysely';
import type { CancellationReason, DeclineReason } from '#contracts/values/order-status.ts';
import type { Database } from '../schema.ts';

/**
 * A payment event as what it says about its order. Each of these things happens to an order once, but for refunds, which
 * add up; so the events of an order may be applied in any sequence. An event that implies an earlier one says so too: of an
 * order that was refunded, as much was captured as the refund says.
 */
export interface PaymentEventRow {
  readonly eventId: string;
  readonly orderId: string;
  /** Until when its hold can be captured. */
  readonly captureBefore: string | null;
  /** What was taken, in minor units, as all amounts. */
  readonly captured: number | null;
  /** How it ended without a payment. */
  readonly closedAs: 'failed' | 'cancelled' | null;
  readonly failureReason: DeclineReason | null;
  readonly cancellationReason: CancellationReason | null;
  readonly refundId: string | null;
  readonly refunded: number | null;
  /** RFC 3339. */
  readonly time: string;
  readonly partition: number;
  readonly offset: string;
  /** While spans are recorded: the trace context of the one in which it is applied, as one text. */
  readonly trace?: string;
}

/** What came of a batch. */
export interface Applied {
  /** Of each order that these events decided, how long ago it was placed; in s. */
  readonly decidedAfter: readonly number[];
  /** The ids of events that were not applied, since there is no such order. They are not in the inbox. */
  readonly orphans: readonly string[];
  /** The ids of events that were not applied, since another transaction has locked the order. They are not in the inbox. */
  readonly locked: readonly string[];
}

/**
 * Applies a batch of payment events in one statement, which is one transaction and one round trip. It records each event in
 * the inbox, and skips those that are there already. What the new events of an order say is put together with what its row
 * says, and its status follows from that, so their sequence does not matter. The time of a change is that of its lock, not
 * of its transaction, which may have begun before that of an earlier change: an order's times never go back, nor stand
 * still when the clock does.
 *
 * A refund counts once, even when the inbox has forgotten its event: its own row says whether it was made.
 *
 * An order that another transaction has locked is left out, all its events together, so that the others do not wait. With
 * `wait` they wait.
 */
export async function applyPaymentEvents(
  db: Database,
  events: readonly PaymentEventRow[],
  { wait = false }: { readonly wait?: boolean } = {},
): Promise<Applied> {
  // As arrays: the planner sees how few they are. For JSON it expects a hundred rows, and scans the whole table of
  // orders.
  const column = <Name extends keyof PaymentEventRow>(name: Name) => events.map((event) => event[name]);
  const hasRefunds = events.some(({ refundId }) => refundId !== null);
  const hasTraces = events.some(({ trace }) => trace !== undefined);
  const { rows } = await sql<AppliedRow>`
    with incoming as (
      select distinct on (event_id) * from unnest(
        ${column('eventId')}::text[], ${column('orderId')}::uuid[], ${column('captureBefore')}::timestamptz[],
        ${column('captured')}::bigint[], ${column('closedAs')}::text[], ${column('failureReason')}::text[],
        ${column('cancellationReason')}::text[], ${column('refundId')}::uuid[], ${column('refunded')}::bigint[],
        ${column('time')}::timestamptz[], ${column('partition')}::integer[], ${column('offset')}::bigint[]
        ${hasTraces ? sql`, ${column('trace')}::text[]` : sql``}
      ) as event (event_id, order_id, capture_before, captured, closed_as, failure_reason, cancellation_reason,
        refund_id, refunded, time, partition, "offset"${hasTraces ? sql`, trace` : sql``})
      where not exists (select from inbox where inbox.event_id = event.event_id)
    ),
    free as (
      select order_id, user_id, status, failure_reason, capture_before, cancellation_reason,
             nullif(captured_of(orders), 0) as captured,
             case status when 'refunded' then captured_of(orders) else amount_refunded end as refunded
      from orders
      where order_id = any (array(select order_id from incoming))
      for no key update ${sql.raw(wait ? '' : 'skip locked')}
    ),
    known as (
      select incoming.* from incoming join free using (order_id)
    ),
    fresh as (
      insert into inbox (event_id, topic_partition, topic_offset)
      select event_id, partition, "offset" from known
      on conflict do nothing returning event_id
    ),
    ${hasRefunds ? MADE_REFUNDS : sql``}
    said as (
      select order_id, max(capture_before) as capture_before, max(captured) as captured, max(closed_as) as closed_as,
             max(failure_reason) as failure_reason, max(cancellation_reason) as cancellation_reason,
             (array_agg(jsonb_build_object('eventId', event_id, 'partition', partition, 'offset', "offset"
                 ${hasTraces ? sql`, 'trace', trace` : sql``})
               order by refunded is null, captured is null and closed_as is null, "offset" desc))[1] as event
      from known join fresh using (event_id)
      group by order_id
    ),
    put_together as (
      select order_id, free.user_id, free.status as status_before, said.event,
             coalesce(free.capture_before, said.capture_before) as capture_before,
             coalesce(said.captured, free.captured) as captured,
             least(free.refunded + ${hasRefunds ? REFUNDED_NOW : sql`0`}, coalesce(said.captured, free.captured, 0))
               as refunded,
             coalesce(said.closed_as, case when free.status in ('failed', 'cancelled') then free.status end) as closed_as,
             coalesce(said.failure_reason, free.failure_reason) as failure_reason,
             coalesce(said.cancellation_reason, free.cancellation_reason) as cancellation_reason,
             (free.capture_before, free.captured, free.refunded) as before
      from said join free using (order_id)
    ),
    next as (
      select *,
             case when captured is not null then case when refunded >= captured then 'refunded' else 'paid' end
                  when closed_as is not null then closed_as
                  when capture_before is not null then 'authorized'
                  else status_before end as status
      from put_together
    ),
    moved as (
      update orders
      set status = next.status,
          status_rank = case next.status when 'created' then 0 when 'refunded' then 2 else 1 end,
          failure_reason = case next.status when 'failed' then next.failure_reason end,
          capture_before = next.capture_before, amount_captured = next.captured, amount_refunded = next.refunded,
          cancellation_reason = next.cancellation_reason,
          updated_at = greatest(clock_timestamp(), orders.updated_at + interval '1 millisecond')
      from next
      where orders.order_id = next.order_id
        and (next.status <> next.status_before
          or (next.capture_before, next.captured, next.refunded) is distinct from next.before)
      returning orders.order_id, orders.user_id, orders.status, orders.created_at, orders.updated_at,
                next.status_before, next.event, orders.amount_refunded
    ),
    recorded as (
      insert into order_events (order_id, user_id, status, created_at, detail)
      select order_id, user_id, status, updated_at, event || jsonb_strip_nulls(jsonb_build_object(
        'from', nullif(status_before, 'created'), 'amountRefunded', nullif(amount_refunded, 0)))
      from moved
    )
    select event_id, exists (select from orders where orders.order_id = incoming.order_id) as is_locked,
           null::float8 as decided_after
    from incoming
    where not exists (select from known where known.event_id = incoming.event_id)
    union all
    select null, null, extract(epoch from updated_at - created_at)::float8
    from moved where status_before = 'created'`.execute(db);
  const ids = (locked: boolean) =>
    rows.flatMap(({ eventId, isLocked }) => (eventId !== null && isLocked === locked ? [eventId] : []));
  return {
    decidedAfter: rows.flatMap(({ decidedAfter }) => decidedAfter ?? []),
    orphans: ids(false),
    locked: ids(true),
  };
}

/** An event that was not applied, or an order that was decided. */
interface AppliedRow {
  readonly eventId: string | null;
  readonly isLocked: boolean | null;
  readonly decidedAfter: number | null;
}

// Only in batches that have refunds, which are few: each further part of the statement costs each batch its plan.

/** The refunds that were not known to be made, each once. One that has no row yet, as that of a cancel, begins with its event. */
const MADE_REFUNDS = sql`
    made as (
      insert into refunds (refund_id, order_id, amount, created_at, refunded_at)
      select refund_id, order_id, refunded, time, time from known join fresh using (event_id) where refund_id is not null
      on conflict (refund_id) do update set refunded_at = excluded.refunded_at where refunds.refunded_at is null
      returning order_id, amount
    ),`;

const REFUNDED_NOW = sql`coalesce((select sum(amount) from made where made.order_id = said.order_id)::bigint, 0)`;

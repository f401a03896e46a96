import { sql } from 'kysely';
import type { Decision, OrderPayment } from '#contracts/values/decision.ts';
import type { CancellationReason, CaptureMethod, OrderStatus } from '#contracts/values/order-status.ts';
import type { Kysely } from '#platform/postgres/database.ts';

/** An order as the orders database has it. Amounts in minor units, here and below. */
export interface OrderRow extends OrderPayment {
  readonly status: OrderStatus;
  readonly failureReason: string | null;
  readonly cancelRequestedAt: Date | null;
  readonly cancellationReason: CancellationReason | null;
  readonly captureMethod: CaptureMethod;
  readonly captureBefore: Date | null;
  readonly captureRequestedAt: Date | null;
  readonly captureRequested: number | null;
  /** What was captured and refunded, or 0. Of orders from before there were holds, by their status. */
  readonly captured: number;
  readonly refunded: number;
  readonly refunds: readonly RefundOfOrder[];
  /** Where the events that it applied lie on the topic, as the inbox recorded them. */
  readonly places: readonly EventPlace[];
  /** When the snapshot was begun: what payments did later may be news to the order. */
  readonly readAt: Date;
}

/** A refund as orders has it. */
export interface RefundOfOrder {
  readonly refundId: string;
  readonly amount: number;
  readonly isMade: boolean;
  /** Whether it was made before anybody asked for it. */
  readonly isUnasked: boolean;
}

export interface EventPlace {
  readonly eventId: string;
  readonly partition: number;
  readonly offset: number;
}

/** The next orders by id, each with its refunds, and with the inbox rows of its events. */
export async function findOrdersAfter(
  orders: Kysely<unknown>,
  cursor: string,
  limit: number,
): Promise<OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    select o.order_id, user_id, amount, currency, status, failure_reason, cancel_requested_at, cancellation_reason,
           capture_method, capture_before, capture_requested_at, capture_requested::float8, now() as read_at,
           taken.captured::float8,
           case when status = 'refunded' and amount_refunded = 0 then taken.captured else amount_refunded end::float8
             as refunded,
           coalesce((
             select jsonb_agg(jsonb_build_object('refundId', refund_id, 'amount', r.amount,
               'isMade', refunded_at is not null,
               'isUnasked', refund_id <> o.order_id and coalesce(refunded_at < r.created_at, false)))
             from refunds r where r.order_id = o.order_id
           ), '[]') as refunds,
           coalesce((
             select jsonb_agg(jsonb_build_object(
               'eventId', event_id, 'partition', topic_partition, 'offset', topic_offset))
             from inbox
             where event_id = any (
               array[o.order_id || '/decision', o.order_id || '/hold', o.order_id || '/refund']
               || array(select o.order_id || '/refund/' || refund_id from refunds r where r.order_id = o.order_id)
             )
           ), '[]') as places
    from orders o
    cross join lateral (
      select coalesce(amount_captured, case when status in ('paid', 'refunded') then amount else 0 end) as captured
    ) as taken
    where o.order_id > ${cursor} order by o.order_id limit ${limit}`.execute(orders);
  return rows;
}

/** A decision with its hold, its refunds and the sums of its postings. */
export interface DecisionRow extends Omit<Decision, 'decidedAt'> {
  readonly postings: number;
  /** Postings, holds and refunds of another account than the decision's. */
  readonly ofOtherAccounts: number;
  /** Taken from the customer, and given to sales; held of the customer's, and put into the account of holds. */
  readonly debited: bigint;
  readonly sold: bigint;
  readonly reserved: bigint;
  readonly held: bigint;
  /** The hold: its amount, or null without one; until when it can be captured; when and how it was closed. */
  readonly holdAmount: bigint | null;
  readonly captureBefore: Date | null;
  readonly closedAt: Date | null;
  readonly captured: number | null;
  readonly releaseReason: CancellationReason | null;
  readonly refunds: readonly RefundRow[];
}

/** A refund as payments has it. */
export interface RefundRow {
  readonly refundId: string;
  readonly amount: number;
  readonly total: number;
}

/** All decisions above one order id and up to another; without an upper end, all that are left. */
export async function findDecisionsBetween(
  payments: Kysely<unknown>,
  after: string,
  upTo: string | undefined,
): Promise<DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    with page as (
      select order_id, user_id, amount, currency, outcome, reason from decisions
      where order_id > ${after} and (${upTo ?? null}::uuid is null or order_id <= ${upTo ?? null}::uuid)
    ),
    posted as (
      select d.order_id, count(*)::int as postings,
             (count(*) filter (where p.user_id <> d.user_id))::int as of_others,
             -sum(p.amount) filter (where p.kind = 'debit' and p.account = 'customer') as debited,
             sum(p.amount) filter (where p.kind = 'debit' and p.account = 'sales') as sold,
             -sum(p.amount) filter (where p.kind = 'hold' and p.account = 'customer') as reserved,
             sum(p.amount) filter (where p.kind = 'hold' and p.account = 'held') as held
      from page d join postings p using (order_id) group by d.order_id
    ),
    refunded as (
      select d.order_id, (count(*) filter (where r.user_id <> d.user_id))::int as of_others,
             jsonb_agg(jsonb_build_object('refundId', refund_id, 'amount', r.amount, 'total', total)) as refunds
      from page d join refunds r using (order_id) group by d.order_id
    )
    select d.*, coalesce(postings, 0) as postings,
           coalesce(posted.of_others, 0) + coalesce(refunded.of_others, 0)
             + case when h.user_id <> d.user_id then 1 else 0 end as of_other_accounts,
           coalesce(debited, 0)::bigint as debited, coalesce(sold, 0)::bigint as sold,
           coalesce(reserved, 0)::bigint as reserved, coalesce(held, 0)::bigint as held,
           h.amount as hold_amount, h.capture_before, h.closed_at, h.captured::float8, h.release_reason,
           coalesce(refunds, '[]') as refunds
    from page d
    left join posted using (order_id)
    left join refunded using (order_id)
    left join holds h using (order_id)`.execute(payments);
  return rows;
}

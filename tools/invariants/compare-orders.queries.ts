import { sql } from 'kysely';
import type { Decision } from '#contracts/values/decision.ts';
import type { OrderToCompare } from '#operations/reconcile/reconcile.queries.ts';
import type { Kysely } from '#platform/postgres/database.ts';

export interface OrderRow extends Omit<OrderToCompare, 'statusRank'> {
  /** Where the event that decided it lies on the topic, as the inbox recorded it. */
  readonly topicPartition: number | null;
  readonly topicOffset: bigint | null;
}

/** The next orders by id, each with the inbox row of the event that its status comes from. */
export async function findOrdersAfter(
  orders: Kysely<unknown>,
  cursor: string,
  limit: number,
): Promise<OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    select o.order_id, o.user_id, o.amount, o.currency, o.status, o.failure_reason, o.cancel_requested_at,
           inbox.topic_partition, inbox.topic_offset
    from orders o
    left join inbox on inbox.event_id = o.order_id || case when o.status = 'refunded' then '/refund' else '/decision' end
    where o.order_id > ${cursor} order by o.order_id limit ${limit}`.execute(orders);
  return rows;
}

/** A decision with the sums of its postings. Amounts in minor units. */
export interface DecisionRow extends Omit<Decision, 'decidedAt'> {
  readonly postings: number;
  /** Postings of another account than the decision's. */
  readonly ofOtherAccounts: number;
  /** Taken from the customer, and given to sales; then refunded to the customer, and taken from sales. */
  readonly debited: bigint;
  readonly sold: bigint;
  readonly refunded: bigint;
  readonly returned: bigint;
}

/** All decisions above one order id and up to another; without an upper end, all that are left. */
export async function findDecisionsBetween(
  payments: Kysely<unknown>,
  after: string,
  upTo: string | undefined,
): Promise<DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    select d.order_id, d.user_id, d.amount, d.currency, d.outcome, d.reason,
           count(p.posting_id)::int as postings,
           (count(*) filter (where p.user_id <> d.user_id))::int as of_other_accounts,
           coalesce(-sum(p.amount) filter (where p.kind = 'debit' and p.account = 'customer'), 0)::bigint as debited,
           coalesce(sum(p.amount) filter (where p.kind = 'debit' and p.account = 'sales'), 0)::bigint as sold,
           coalesce(sum(p.amount) filter (where p.kind = 'refund' and p.account = 'customer'), 0)::bigint as refunded,
           coalesce(-sum(p.amount) filter (where p.kind = 'refund' and p.account = 'sales'), 0)::bigint as returned
    from decisions d left join postings p using (order_id)
    where d.order_id > ${after} and (${upTo ?? null}::uuid is null or d.order_id <= ${upTo ?? null}::uuid)
    group by d.order_id`.execute(payments);
  return rows;
}

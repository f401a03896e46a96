import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { DeclineReason, OrderStatus } from '#contracts/values/order-status.ts';
import { WORKFLOW_ID_PREFIX } from '#contracts/values/workflow-ids.ts';

/** An order as the orders database has it. Amounts are in minor units, here and below. */
export interface OrderToCompare {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly statusRank: number;
  readonly failureReason: string | null;
}

/** What payments decided about it. */
export interface DecisionToCompare {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly outcome: 'completed' | 'declined';
  readonly reason: DeclineReason | null;
  readonly decidedAt: Date;
}

/** A posting of the ledger about it. Credits are positive, debits negative. */
export interface PostingToCompare {
  readonly orderId: string;
  readonly kind: 'debit' | 'refund';
  readonly account: 'customer' | 'cash' | 'sales';
  readonly userId: string;
  readonly amount: bigint;
  readonly createdAt: Date;
}

/** An order with the trace of the request that placed it, while its outbox row is kept. */
export interface OrderRow extends OrderToCompare {
  readonly traceparent: string | null;
}

/** The next orders by id. */
export async function findOrdersAfter(
  orders: QueryExecutorProvider,
  after: string,
  limit: number,
): Promise<OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    select o.order_id, o.user_id, o.amount, o.currency, o.status, o.status_rank, o.failure_reason, b.traceparent
    from orders_to_reconcile o left join outbox b on b.workflow_id = ${WORKFLOW_ID_PREFIX.pay} || o.order_id and b.kind = 'pay'
    where o.order_id > ${after} order by o.order_id limit ${limit}`.execute(orders);
  return rows;
}

/** Which of the orders exist. */
export async function findExisting(
  orders: QueryExecutorProvider,
  orderIds: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ orderId: string }>`
    select order_id from orders_to_reconcile where order_id = any(${orderIds}::uuid[])`.execute(orders);
  return rows.map(({ orderId }) => orderId);
}

/** A decision with its postings. */
export interface DecisionRow extends DecisionToCompare {
  readonly postings: readonly PostingToCompare[];
}

type JoinedRow = DecisionToCompare & {
  readonly [Column in 'kind' | 'account' | 'postingUserId' | 'postingAmount' | 'postedAt']: unknown;
};

/**
 * The next decisions by order id, up to `upTo` if there is one, each with its postings. One statement has one
 * snapshot: with two, the second could see a debit that was made after the first.
 */
export async function findDecisionsAfter(
  payments: QueryExecutorProvider,
  range: { after: string; upTo: string | undefined; limit: number },
): Promise<DecisionRow[]> {
  const { rows } = await sql<JoinedRow>`
    with decided as (
      select * from decisions_to_reconcile
      where order_id > ${range.after} and (${range.upTo ?? null}::uuid is null or order_id <= ${range.upTo ?? null}::uuid)
      order by order_id limit ${range.limit}
    )
    select decided.*, p.kind, p.account, p.user_id as posting_user_id, p.amount as posting_amount,
           p.created_at as posted_at
    from decided left join postings_to_reconcile p using (order_id)
    order by order_id, p.posting_id`.execute(payments);
  const byOrder = new Map<string, DecisionToCompare & { postings: PostingToCompare[] }>();
  for (const { kind, account, postingUserId, postingAmount, postedAt, ...decision } of rows) {
    const { orderId } = decision;
    const row = byOrder.get(orderId) ?? { ...decision, postings: [] };
    byOrder.set(orderId, row);
    if (kind === null) continue;
    const posting = {
      orderId,
      kind,
      account,
      userId: postingUserId,
      amount: postingAmount,
      createdAt: postedAt,
    };
    row.postings.push(posting as PostingToCompare);
  }
  return [...byOrder.values()];
}

import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { Decision } from '#contracts/values/decision.ts';
import type { PaymentEventType } from '#contracts/values/order-status.ts';
import { WORKFLOW_ID_PREFIX } from '#contracts/values/workflow-ids.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { OrdersViews, PaymentsViews } from '../schema.ts';

/** An order as the orders database has it. Amounts are in minor units, here and below. */
export type OrderToCompare = Readonly<OrdersViews['ordersToReconcile']>;

/** A posting of the ledger about it. Credits are positive, debits negative. */
export type PostingToCompare = Readonly<Omit<PaymentsViews['postingsToReconcile'], 'postingId'>>;

/** An order with the trace of the request that placed it, while its outbox row is kept. */
export interface OrderRow extends OrderToCompare {
  readonly traceparent: string | null;
}

/** An id as old as this: between those of the orders that were placed before and after. @param age in ms */
export async function findIdOfAge(orders: QueryExecutorProvider, age: number): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select uuidv7(${-age} * interval '1 millisecond') as id`.execute(orders);
  return only(rows).id;
}

/** The time of the database's clock, by which decisions and postings have theirs. This process's may be wrong. */
export async function findNow(payments: QueryExecutorProvider): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(payments);
  return only(rows).now;
}

function only<Row>([row]: readonly Row[]): Row {
  if (!row) throw new Error('The query returned no row.');
  return row;
}

/** The next orders by id. Each outbox row is looked up by itself: a limit keeps PostgreSQL from hashing the table. */
export async function findOrdersAfter(
  orders: Kysely<OrdersViews>,
  after: string,
  limit: number,
): Promise<OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    select o.order_id, o.user_id, o.amount, o.currency, o.status, o.status_rank, o.failure_reason,
           o.cancel_requested_at, b.traceparent
    from (select * from orders_to_reconcile where order_id > ${after} order by order_id limit ${limit}) o
    left join lateral (
      select traceparent from outbox
      where workflow_id = ${WORKFLOW_ID_PREFIX.pay} || o.order_id and kind = 'pay' limit 1
    ) b on true
    order by o.order_id`.execute(orders);
  return rows;
}

/** Which of the orders exist. One array is one parameter; PostgreSQL allows 65,535 of them. */
export async function findExisting(
  orders: QueryExecutorProvider,
  orderIds: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ orderId: string }>`
    select order_id from orders_to_reconcile where order_id = any(${orderIds}::uuid[])`.execute(orders);
  return rows.map(({ orderId }) => orderId);
}

/** A decision with its postings. */
export interface DecisionRow extends Decision {
  readonly postings: readonly PostingToCompare[];
}

/**
 * The next decisions by order id, up to `upTo` if there is one, each with its postings. One statement has one snapshot:
 * with two, the second could see a debit that was made after the first. The postings of each are looked up by themselves,
 * which `offset 0` makes sure of: for a thousand decisions PostgreSQL would rather read all postings, and hash them.
 */
export async function findDecisionsAfter(
  payments: Kysely<PaymentsViews>,
  { after, upTo, limit }: { after: string; upTo: string | undefined; limit: number },
): Promise<DecisionRow[]> {
  const rows = await payments
    .with('decided', (db) =>
      db
        .selectFrom('decisionsToReconcile')
        .selectAll()
        .where('orderId', '>', after)
        .where((where) => (upTo === undefined ? where.lit(true) : where('orderId', '<=', upTo)))
        .orderBy('orderId')
        .limit(limit),
    )
    .selectFrom('decided')
    .leftJoinLateral(
      (db) =>
        db
          .selectFrom('postingsToReconcile as posting')
          .selectAll()
          .whereRef('posting.orderId', '=', 'decided.orderId')
          .offset(sql.lit(0))
          .as('p'),
      (join) => join.onTrue(),
    )
    .selectAll('decided')
    .select(['p.kind', 'p.account', 'p.userId as postingUserId', 'p.amount as postingAmount'])
    .select('p.createdAt as postedAt')
    .orderBy('decided.orderId')
    .orderBy('p.postingId')
    .execute();
  const byOrder = new Map<string, Decision & { postings: PostingToCompare[] }>();
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
    // The outer join makes every column of a posting nullable, and they are null together.
    row.postings.push(posting as PostingToCompare);
  }
  return [...byOrder.values()];
}

/** Payments' signatures of the events of each order. */
export type EventSignatures = ReadonlyMap<string, Partial<Record<PaymentEventType, string>>>;

/** Calls `event_signatures()` of payments/schema.sql, which signs only what is stored. */
export async function findEventSignatures(
  payments: QueryExecutorProvider,
  orderIds: readonly string[],
): Promise<EventSignatures> {
  const { rows } = await sql<{ orderId: string; type: PaymentEventType; signature: string }>`
    select order_id, type, signature from event_signatures(${orderIds}::uuid[])`.execute(payments);
  const signatures = new Map<string, Partial<Record<PaymentEventType, string>>>();
  for (const { orderId, type, signature } of rows) {
    signatures.set(orderId, { ...signatures.get(orderId), [type]: signature });
  }
  return signatures;
}

import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { WORKFLOW_ID_PREFIX } from '#contracts/values/workflow-ids.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { OrdersViews } from '../schema.ts';

/** An order as the orders database has it, with the refunds it knows. Amounts are in minor units, here and below. */
export interface OrderToCompare extends Readonly<OrdersViews['ordersToReconcile']> {
  readonly refunds: readonly OrderRefund[];
}

/** A refund that was asked for, or that the order heard of. */
export interface OrderRefund {
  readonly refundId: string;
  readonly amount: bigint;
  /** Whether the order has heard that it was made. */
  readonly isMade: boolean;
}

/** An order with the trace context of the request that placed it, while its outbox row is kept. */
export interface OrderRow extends OrderToCompare {
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

/** A row inside of another one, in JSON: its amount is text, since a number of JSON is not exact. */
export type InJson<Row extends { readonly amount: bigint }> = Omit<Row, 'amount'> & {
  readonly amount: string;
};

export function withAmount<Row extends { readonly amount: string }>(
  row: Row,
): Omit<Row, 'amount'> & { amount: bigint } {
  return { ...row, amount: BigInt(row.amount) };
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
  const { rows } = await sql<OrderRow & { refunds: InJson<OrderRefund>[] }>`
    select o.order_id, o.user_id, o.amount, o.currency, o.status, o.failure_reason,
           o.cancel_requested_at, o.capture_method, o.capture_before, o.capture_requested_at, o.capture_requested,
           o.amount_captured, o.amount_refunded, o.cancellation_reason, b.traceparent, b.tracestate,
           coalesce((
             select jsonb_agg(jsonb_build_object(
               'refundId', refund_id, 'amount', amount::text, 'isMade', refunded_at is not null))
             from refunds_to_reconcile where order_id = o.order_id
           ), '[]') as refunds
    from (select * from orders_to_reconcile where order_id > ${after} order by order_id limit ${limit}) o
    left join lateral (
      select traceparent, tracestate from outbox
      where workflow_id = ${WORKFLOW_ID_PREFIX.pay} || o.order_id and kind in ('pay', 'authorize') limit 1
    ) b on true
    order by o.order_id`.execute(orders);
  return rows.map((row) => ({ ...row, refunds: row.refunds.map(withAmount) }));
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

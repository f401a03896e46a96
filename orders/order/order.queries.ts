import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { OrderPayment } from '#contracts/values/decision.ts';
import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { parseMoney } from '#contracts/values/money/money.ts';
import { ORDER_STATUS_CODES } from '#contracts/values/order-status.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { toReplayable } from '#platform/postgres/idempotency.ts';
import type { Idempotency, Replayable } from '#platform/postgres/idempotency.ts';
import type { Database } from '../schema.ts';

export interface NewOrder extends OrderPayment {
  readonly description: string | undefined;
  readonly traceparent: string;
}

/** Calls `place_order()` of schema.sql. */
export async function insertOrder(
  db: Database,
  order: NewOrder,
  idempotency: Idempotency | undefined,
): Promise<Replayable<OrderReply>> {
  const { rows } = await sql<Replayable<OrderRow>>`
    select * from place_order(${order.orderId}, ${order.userId}, ${order.amount}, ${order.currency},
      ${order.description}, ${order.traceparent}, ${idempotency?.key}, ${idempotency?.requestHash})`.execute(
    db,
  );
  return toReplayable(rows, toOrderReply);
}

export interface NewCancel {
  readonly orderId: string;
  readonly userId: string;
  readonly traceparent: string;
}

/** Calls `request_cancel()` of schema.sql. */
export async function insertCancel(
  db: Database,
  cancel: NewCancel,
  idempotency: Idempotency | undefined,
): Promise<Replayable<OrderReply>> {
  const { rows } = await sql<Replayable<OrderRow>>`
    select * from request_cancel(${cancel.orderId}, ${cancel.userId}, ${cancel.traceparent},
      ${idempotency?.key}, ${idempotency?.requestHash})`.execute(db);
  return toReplayable(rows, toOrderReply);
}

export async function findOrder(
  db: Database,
  userId: string,
  orderId: string,
): Promise<OrderReply | undefined> {
  const row = await db
    .selectFrom('orders')
    .selectAll()
    .where('orderId', '=', orderId)
    .where('userId', '=', userId)
    .executeTakeFirst();
  return row && toOrderReply(row);
}

/** Up to `limit` orders of a user, newest first, from below the cursor. */
export async function findOrders(
  db: Database,
  page: { userId: string; status?: OrderStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<OrderReply[]> {
  let query = db
    .selectFrom('orders')
    .selectAll()
    .where('userId', '=', page.userId)
    .orderBy('orderId', 'desc')
    .limit(page.limit);
  if (page.status !== undefined) query = query.where('status', '=', page.status);
  if (page.cursor !== undefined) query = query.where('orderId', '<', page.cursor);
  return (await query.execute()).map(toOrderReply);
}

/** An order as a row, or as the JSON in which an earlier reply is stored. */
export interface OrderRow {
  orderId: string;
  userId: string;
  amount: bigint | number;
  currency: string;
  description: string | null;
  status: OrderStatus;
  failureReason: string | null;
  cancelRequestedAt: Date | string | null;
  createdAt: Date | string;
  updatedAt: Date | string;
}

export function toOrderReply(row: OrderRow): OrderReply {
  return {
    orderId: row.orderId,
    userId: row.userId,
    amount: parseMoney(row.amount),
    currency: row.currency,
    currencyDigits: currencyDigits(row.currency),
    description: row.description,
    status: row.status,
    statusCode: ORDER_STATUS_CODES[row.status],
    failureReason: row.failureReason,
    cancelRequestedAt: row.cancelRequestedAt === null ? null : toTime(row.cancelRequestedAt),
    createdAt: toTime(row.createdAt),
    updatedAt: toTime(row.updatedAt),
  };
}

function toTime(value: Date | string): string {
  return new Date(value).toISOString();
}

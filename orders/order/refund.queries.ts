import { toReplayable } from '@gozon/postgres-idempotency';
import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import { sql } from 'kysely';
import type { RefundReply } from '#contracts/http/orders-api.ts';
import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { parseMoney } from '#contracts/values/money/money.ts';
import { toTraceText } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Database } from '../schema.ts';

export interface NewRefund extends TraceContext {
  readonly orderId: string;
  /** Who asks for it, a merchant: not whose order it is. */
  readonly requestedBy: string;
  readonly amount: bigint;
  readonly reason: string | undefined;
}

/** Calls `request_refund()` of schema.sql. */
export async function insertRefund(
  db: Database,
  { orderId, requestedBy, amount, reason, ...trace }: NewRefund,
  idempotency: Idempotency | undefined,
): Promise<Replayable<RefundReply>> {
  const { rows } = await sql<Replayable<RefundRow>>`
    select * from request_refund(${orderId}, ${requestedBy}, ${amount}, ${reason}, ${toTraceText(trace)},
      ${idempotency?.key}, ${idempotency?.requestHash})`.execute(db);
  return toReplayable(rows, toRefundReply);
}

/**
 * The refund of an earlier request with the same key, whose stored reply is gone: after 24 hours, or because orders was
 * restored to a moment before it and heard of the refund from payments. Its id follows from order, caller and key.
 */
export async function findRefundOfKey(
  db: Database,
  { orderId, requestedBy }: Pick<NewRefund, 'orderId' | 'requestedBy'>,
  { key }: Idempotency,
): Promise<RefundReply | undefined> {
  const { rows } = await sql<RefundRow>`
    select refunds.*, currency from refunds join orders using (order_id)
    where refund_id = new_refund_id(${orderId}, ${requestedBy}, ${key}) and order_id = ${orderId}`.execute(
    db,
  );
  const [row] = rows;
  return row && toRefundReply(row);
}

export async function findRefunds(db: Database, orderId: string, currency: string): Promise<RefundReply[]> {
  const rows = await db
    .selectFrom('refunds')
    .selectAll()
    .where('orderId', '=', orderId)
    .orderBy('createdAt')
    .execute();
  return rows.map((row) => toRefundReply({ ...row, currency }));
}

/** A refund as a row, or as the JSON in which an earlier reply is stored. */
interface RefundRow {
  refundId: string;
  orderId: string;
  amount: bigint | number;
  currency: string;
  reason: string | null;
  createdAt: Date | string;
  refundedAt: Date | string | null;
}

function toRefundReply(row: RefundRow): RefundReply {
  return {
    refundId: row.refundId,
    orderId: row.orderId,
    amount: parseMoney(row.amount),
    currency: row.currency,
    currencyDigits: currencyDigits(row.currency),
    reason: row.reason,
    status: row.refundedAt === null ? 'pending' : 'succeeded',
    createdAt: new Date(row.createdAt).toISOString(),
    refundedAt: row.refundedAt === null ? null : new Date(row.refundedAt).toISOString(),
  };
}

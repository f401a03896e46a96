import { sql } from 'kysely';
import type { Cancellation } from '#contracts/values/decision.ts';
import { parseMoney } from '#contracts/values/money.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { toDecision } from './debit-account.ts';
import type { Debit } from './debit-account.ts';
import type { PaymentsTables } from './schema.ts';

/**
 * Undoes an order's payment, or keeps it from being made, once and whatever the order of events: the decision becomes
 * `cancelled` where there is none yet, and a completed one is refunded, of exactly what was debited. A payment declined
 * before stays as it is. Every repeat gives the same answer.
 * @throws on an outage, and when the order was decided for another customer or amount
 */
export async function cancelPayment(db: Kysely<PaymentsTables>, order: Debit): Promise<Cancellation> {
  const { rows } = await sql<PaymentsTables['decisions'] & { refundedAt: Date | null }>`
    select (decision).*, refunded_at
    from cancel_payment(${order.orderId}, ${order.userId}, ${parseMoney(order.amount)}, ${order.currency})`.execute(
    db,
  );
  const [row] = rows;
  if (!row) throw new Error(`no decision came back for order ${order.orderId}`);
  return {
    decision: toDecision(row),
    ...(row.refundedAt && { refundedAt: row.refundedAt.toISOString() }),
  };
}

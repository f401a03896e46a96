import { sql } from 'kysely';
import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { Cancellation, Decision, OrderPayment } from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';

/** Calls `debit()` of schema.sql. */
export async function debit(db: Database, payment: OrderPayment): Promise<Decision> {
  const { orderId, userId, amount, currency } = payment;
  const { rows } = await sql<Decision>`
    select * from debit(${orderId}, ${userId}, ${amount}, ${currency})`.execute(db);
  return only(rows);
}

/** Calls `cancel_payment()` of schema.sql. */
export async function cancel(db: Database, payment: OrderPayment): Promise<Cancellation> {
  const { orderId, userId, amount, currency } = payment;
  const { rows } = await sql<Decision & { refundedAt: Date | null }>`
    select (decision).*, refunded_at
    from cancel_payment(${orderId}, ${userId}, ${amount}, ${currency})`.execute(db);
  const { refundedAt, ...decision } = only(rows);
  return { decision, refundedAt };
}

function only<Row>([row]: readonly Row[]): Row {
  if (!row) throw new Error('the database function returned no decision');
  return row;
}

export async function findDecision(
  db: Database,
  userId: string,
  orderId: string,
): Promise<DecisionReply['decision']> {
  const row = await db
    .selectFrom('decisions')
    .select(['outcome', 'reason', 'decidedAt'])
    .where('orderId', '=', orderId)
    .where('userId', '=', userId)
    .executeTakeFirst();
  return row ? { ...row, decidedAt: row.decidedAt.toISOString() } : null;
}

export async function findPostingsOfOrder(
  db: Database,
  userId: string,
  orderId: string,
): Promise<DecisionReply['postings']> {
  const rows = await db
    .selectFrom('postings')
    .select(['kind', 'account', 'amount', 'createdAt'])
    .where('orderId', '=', orderId)
    .where('userId', '=', userId)
    .orderBy('postingId')
    .execute();
  return rows.map(
    (row) => ({ ...row, createdAt: row.createdAt.toISOString() }) as DecisionReply['postings'][number],
  );
}

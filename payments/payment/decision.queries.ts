import { sql } from 'kysely';
import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { Cancellation, PaymentWish, SignedDecision } from '#contracts/values/decision.ts';
import type { Database } from '../schema.ts';

/** Calls `debit()` of schema.sql. */
export async function debit(db: Database, wish: PaymentWish): Promise<SignedDecision> {
  const { orderId, userId, amount, currency, signature } = wish;
  const { rows } = await sql<SignedDecision>`
    select (decision).*, signature
    from debit(${orderId}, ${userId}, ${amount}, ${currency}, ${signature})`.execute(db);
  return only(rows);
}

/** Calls `cancel_payment()` of schema.sql. */
export async function cancel(db: Database, wish: PaymentWish): Promise<Cancellation> {
  const { orderId, userId, amount, currency, signature } = wish;
  const { rows } = await sql<SignedDecision & Omit<Cancellation, 'decision'>>`
    select (decision).*, signature, refunded_at, refund_signature
    from cancel_payment(${orderId}, ${userId}, ${amount}, ${currency}, ${signature})`.execute(db);
  const { refundedAt, refundSignature, ...decision } = only(rows);
  return { decision, refundedAt, refundSignature };
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
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

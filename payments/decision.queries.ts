import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { PaymentsTables } from './schema.ts';

type Database = Kysely<PaymentsTables>;

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

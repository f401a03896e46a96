import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** Reconciliation runs as the role workflows: it reads what it compares with the orders, and writes nothing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view decisions_to_reconcile as
    select order_id, user_id, amount, currency, outcome, reason, decided_at from decisions`.execute(db);
  await sql`
    create view postings_to_reconcile as
    select posting_id, order_id, kind, account, user_id, amount, created_at from postings
    where order_id is not null`.execute(db);
  await sql`grant select on decisions_to_reconcile, postings_to_reconcile to workflows`.execute(db);
}

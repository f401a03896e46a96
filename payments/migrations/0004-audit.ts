import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** The audit runs as the role workflows: it reads balances and movements, and writes nothing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view accounts_to_audit as select user_id, balance from accounts`.execute(db);
  await sql`
    create view postings_to_audit as
    select posting_id, transfer_id, account, user_id, amount, balance_after from postings`.execute(db);
  await sql`grant select on accounts_to_audit, postings_to_audit to workflows`.execute(db);
}

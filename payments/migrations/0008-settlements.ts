import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const settlements = {
  name: 'settlements',
  table: 'postings',
  definition: `(created_at, posting_id) where account = 'sales'`,
};

export const indexes = [settlements];

/** By time, what was paid, captured and refunded: for the report of a period. One entry an order, and one a refund. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { name, table, definition } = settlements;
  await sql`create index if not exists ${sql.id(name)} on ${sql.id(table)} ${sql.raw(definition)}`.execute(
    db,
  );
}

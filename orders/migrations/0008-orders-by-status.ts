import { sql } from 'kysely';
import type { Kysely } from 'kysely';

const index = {
  name: 'orders_of_user_by_status',
  table: 'orders',
  definition: '(user_id, status, order_id)',
};

export const indexes = [index];

/**
 * The one index on a user's orders, for all statuses as for one. Beside it, an index without the status would still be
 * read for a status that no order has, and with it all orders of the user (0.7 s of a million), when the statistics do not
 * know yet how many these are. Copies of an older version, which sort a user's orders, can use this one too.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists ${sql.id(index.name)} on ${sql.id(index.table)} ${sql.raw(index.definition)}`.execute(
    db,
  );
  await sql`drop index orders_of_user`.execute(db);
}

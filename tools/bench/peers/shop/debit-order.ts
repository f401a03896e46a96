import type pg from 'pg';
import type { Outcome, OrderToDebit } from './events.ts';

/** One statement and one commit; a repeat returns what the first did. */
export async function debitOrder(
  db: Pick<pg.Pool, 'query'>,
  { orderId, userId, amount }: OrderToDebit,
): Promise<Outcome> {
  const { rows } = await db.query<{ status: Outcome['status'] }>({
    name: 'debit_order',
    text: 'select debit_order($1, $2, $3) as status',
    values: [orderId, userId, amount],
  });
  const [row] = rows;
  if (!row) throw new Error('debit_order returned nothing');
  return { orderId, status: row.status };
}

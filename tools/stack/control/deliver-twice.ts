import { Client } from 'pg';

/** In ms. Both together are below the gateway's timeout. */
const DEADLINES = { connectionTimeoutMillis: 2_000, query_timeout: 3_000 };

/**
 * Marks the newest rows of the outbox as never dispatched, as if the relay had crashed before it could mark them. Each
 * workflow is started, debits and reports again: at-least-once delivery at every step.
 * @param url the orders database, as a role that may write its outbox
 * @returns how many rows
 */
export async function deliverTwice(url: string, rows: number): Promise<number> {
  const client = new Client({ connectionString: url, ...DEADLINES });
  // Without a listener, an idle connection that breaks would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query(
      `update outbox set dispatched_at = null, due_at = now()
       where outbox_id in (
         select outbox_id from outbox where dispatched_at is not null order by outbox_id desc limit $1
       )`,
      [rows],
    );
    return rowCount ?? 0;
  } finally {
    void client.end().catch(() => {});
  }
}

import pg from 'pg';
import { MIGRATION_DATABASE } from '#contracts/values/deadlines.ts';
import { prepareSession } from '#platform/postgres/session.ts';

/**
 * A session as the product has them, but with time for large amounts of rows, and for others to be filled meanwhile. The
 * caller ends it.
 */
export async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await prepareSession(client, MIGRATION_DATABASE);
  await client.query('set idle_session_timeout = 0');
  return client;
}

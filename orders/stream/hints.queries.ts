import { sql } from 'kysely';
import type { Database } from '../schema.ts';

/** NOTIFYs each channel, without a payload. */
export async function notify(db: Database, channels: readonly string[]): Promise<void> {
  await sql`select pg_notify(channel, '') from unnest(${channels}::text[]) as channel`.execute(db);
}

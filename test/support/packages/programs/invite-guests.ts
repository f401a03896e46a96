// A service that knows nothing of Gozon. It invites a guest once for a key, and starts a workflow for it in the same transaction.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { doOnce, KEY_REUSED, readIdempotency } from '@gozon/postgres-idempotency';
import { createWakeUp, startRelay, startsWorkflow } from '@gozon/temporal-outbox';
import { Client, Connection } from '@temporalio/client';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

const { DATABASE_URL = '', TEMPORAL_ADDRESS = '', NAMESPACE = '', WORKFLOW_ID = '' } = process.env;

// It tries nothing again, so none of its sessions may end under it.
const pool = new pg.Pool({ connectionString: DATABASE_URL, options: '-c idle_session_timeout=0' });
// Of a session that ends while nobody uses it. The next query opens another.
pool.on('error', () => {});
const db = new Kysely<{ guests: { name: string } }>({ dialect: new PostgresDialect({ pool }) });
for (const file of ['@gozon/temporal-outbox/outbox.sql', '@gozon/postgres-idempotency/idempotency.sql'])
  await pool.query(readFileSync(new URL(import.meta.resolve(file)), 'utf8'));
await pool.query('create table guests (name text)');

const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
const { workflow } = new Client({ connection, namespace: NAMESPACE });
const wakeUp = createWakeUp();
const relay = startRelay({
  db,
  workflows: workflow,
  kinds: { welcome: startsWorkflow({ workflowType: 'welcome', taskQueue: 'guests' }) },
  // There is no worker on this connection.
  startsEagerly: () => false,
  wakeUp,
});

async function invite(name: string, key: string) {
  const reply = await db.transaction().execute(async (transaction) =>
    doOnce(transaction, { scope: 'host invite', idempotency: readIdempotency(key, () => name) }, async () => {
      await transaction.insertInto('guests').values({ name }).execute();
      const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await sql`select enqueue_workflow('welcome', ${WORKFLOW_ID}, ${JSON.stringify({ name })}::jsonb, ${trace})`.execute(
        transaction,
      );
      return { invited: name };
    }),
  );
  wakeUp.set();
  return reply;
}

const first = await invite('Ada', 'a');
const repeat = await invite('Ada', 'a');
const other: unknown = await invite('Grace', 'a').catch(
  (error: { code?: string }) => error.code === KEY_REUSED,
);
for (;;) {
  const { rowCount } = await pool.query('select from outbox where dispatched_at is not null');
  if (rowCount === 1) break;
  await sleep(20);
}
const { type } = await workflow.getHandle(WORKFLOW_ID).describe();
await relay[Symbol.asyncDispose]();
await workflow.getHandle(WORKFLOW_ID).terminate();
const { rowCount: guests } = await pool.query('select from guests');
await Promise.all([db.destroy(), connection.close()]);
console.log(
  JSON.stringify({
    first,
    repeat,
    otherIsRefused: other,
    started: type,
    guests,
    stripsTypes: process.features.typescript,
  }),
);

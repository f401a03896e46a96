// The smallest service that starts a Temporal workflow from a transaction. It invites guests, and a workflow welcomes them.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { doOnce, KEY_IN_FLIGHT, KEY_INVALID, KEY_REUSED, readIdempotency } from '@gozon/postgres-idempotency';
import { createInFlight, createWakeUp, startRelay, startsWorkflow } from '@gozon/temporal-outbox';
import Router from '@koa/router';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import Koa from 'koa';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Generated } from 'kysely';
import pg from 'pg';

const { DATABASE_URL, TEMPORAL_ADDRESS = '127.0.0.1:7233', PORT = '8090' } = process.env;
/** The status by the code of an error. 23505 is PostgreSQL's for a guest who is invited already. */
const REFUSALS: Readonly<Record<string, number>> = {
  [KEY_INVALID]: 400,
  [KEY_IN_FLIGHT]: 409,
  [KEY_REUSED]: 422,
  23505: 409,
};

interface Tables {
  guests: { name: string; welcome: Generated<boolean> };
}

await using stack = new AsyncDisposableStack();
const pool = new pg.Pool({ connectionString: DATABASE_URL });
// Of a session that ends while nobody uses it. The next query opens another.
pool.on('error', ({ message }) => console.error(message));
const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
stack.defer(async () => db.destroy());
await prepareDatabase();

const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
stack.defer(async () => connection.close());
const inFlight = createInFlight(64, 30_000);
const worker = await Worker.create({
  connection,
  taskQueue: 'guests',
  workflowsPath: new URL('welcome.workflow.ts', import.meta.url).pathname,
  activities: { welcome },
});
const wakeUp = createWakeUp();
stack.use(
  startRelay({
    db,
    // The worker's connection: so the reply to a start carries the first task.
    workflows: new Client({ connection }).workflow,
    kinds: { welcome: startsWorkflow({ workflowType: 'welcomeGuest', taskQueue: 'guests' }) },
    inFlight,
    wakeUp,
  }),
);

const router = new Router();
router.post('/guests/:name', async (ctx) => {
  try {
    ctx.body = await invite(ctx.params['name'] ?? '', ctx.req.headers['idempotency-key']);
    ctx.status = 201;
  } catch (error) {
    const status = REFUSALS[(error as { code?: string }).code ?? ''];
    if (status === undefined) throw error;
    ctx.throw(status, (error as Error).message);
  }
});
router.get('/guests/:name', async (ctx) => {
  const { name = '' } = ctx.params;
  const guest = await db.selectFrom('guests').selectAll().where('name', '=', name).executeTakeFirst();
  ctx.body = guest ?? ctx.throw(404);
});
const server = new Koa().use(router.routes()).listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Invite a guest: curl -X POST http://127.0.0.1:${PORT}/guests/Ada`);
});
stack.defer(async () => void server.close());
// Until SIGINT or SIGTERM, by which the SDK stops its workers.
await worker.run();

/** One transaction: the guest, the request for the workflow and the key. After it the relay is told. */
async function invite(name: string, key: string | string[] | undefined) {
  const idempotency = readIdempotency(key, () => name);
  const trace = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  const reply = await db.transaction().execute(async (transaction) =>
    doOnce(transaction, { scope: 'invite', idempotency }, async () => {
      await transaction.insertInto('guests').values({ name }).execute();
      const payload = JSON.stringify({ name });
      await sql`select enqueue_workflow('welcome', ${`welcome-${name}`}, ${payload}::jsonb, ${trace})`.execute(
        transaction,
      );
      return { invited: name };
    }),
  );
  wakeUp.set();
  return reply;
}

/** The workflow's step. It is tried until it succeeds, and may run twice. */
async function welcome(name: string): Promise<void> {
  await db.updateTable('guests').set({ welcome: true }).where('name', '=', name).execute();
  inFlight.complete(`welcome-${name}`);
  console.log(`Welcome, ${name}!`);
}

async function prepareDatabase(): Promise<void> {
  const { rows } = await sql<{ done: boolean }>`select to_regclass('guests') is not null as done`.execute(db);
  if (rows[0]?.done) return;
  const files = ['@gozon/temporal-outbox/outbox.sql', '@gozon/postgres-idempotency/idempotency.sql'];
  const scripts = files.map((file) => readFileSync(new URL(import.meta.resolve(file)), 'utf8'));
  const guests = 'create table guests (name text primary key, welcome boolean not null default false)';
  await sql.raw([...scripts, guests].join(';')).execute(db);
}

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import pg from 'pg';
import { REQUEST_DATABASE } from '#contracts/values/deadlines.ts';
import { paymentsMigrations } from '#payments/migrations.ts';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { listen } from '#platform/postgres/listen.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { NO_PGBOUNCER, startPgbouncer } from '#test/support/access/pgbouncer.ts';
import type { Pgbouncer } from '#test/support/access/pgbouncer.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openHome } from '#test/support/open-home.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const LOG = createLogger('test', 'silent');
const REFUSED = /the pooler in front of PostgreSQL gives a session to several clients: set pool_mode=session/;

describe('PgBouncer in front of PostgreSQL', function () {
  this.timeout(200_000);
  const stack = new AsyncDisposableStack();
  let scratch: ScratchDatabase;
  let pooler: Pgbouncer;

  before(async function () {
    scratch = stack.use(await createScratchDatabase('payments'));
    const { port, pathname } = new URL(scratch.url);
    const started = await startPgbouncer(await openHome(stack), {
      port: Number(port),
      users: { payments: infrastructure().secrets.payments },
      databases: [pathname.slice(1)],
    });
    if (!started) {
      console.log(`    ${NO_PGBOUNCER}`);
      this.skip();
    }
    pooler = started;
    stack.defer(async () => pooler.component.kill());
  });

  after(async () => stack.disposeAsync());

  const open = (url: string, size = 4) => openDatabase<unknown>({ url, name: 'test', log: LOG, size });

  describe('in session mode', () => {
    let url: string;
    before(() => {
      url = pooler.through(scratch.url);
    });

    it('keeps the settings and the prepared statements of each session', async () => {
      await using db = open(url);
      const read = async (one: number) =>
        sql<{ sum: number; zone: string; limit: string }>`
          select ${one}::int + 1 as sum, current_setting('TimeZone') as zone,
                 current_setting('statement_timeout') as limit`.execute(db);
      const replies = await Promise.all(Array.from({ length: 40 }, async (_, index) => read(index)));
      assert.deepEqual(
        replies.map(({ rows }) => rows),
        replies.map((_, index) => [
          { sum: index + 1, zone: 'UTC', limit: `${REQUEST_DATABASE.statement}ms` },
        ]),
      );
    });

    it('passes hints on', async () => {
      await using db = open(url);
      let hints = 0;
      const onHint = () => (hints += 1);
      await using _listening = listen({ url, name: 'test', channel: 'a_channel', log: LOG, onHint });
      await eventually('a hint', async () => {
        await sql`notify a_channel`.execute(db);
        // The first is that it listens.
        return hints > 1;
      });
    });

    it('lets copies migrate one after the other', async () => {
      const states: RoleState[] = [];
      const migrate = async () =>
        migrateWhenPossible({
          url,
          name: 'test',
          migrations: paymentsMigrations,
          log: LOG,
          onState: (state) => states.push(state),
          signal: new AbortController().signal,
        });
      await Promise.all([migrate(), migrate()]);
      assert.deepEqual(states, [{ ready: true }, { ready: true }]);
    });

    it('serves again after its sessions on the server have ended', async () => {
      await using db = open(url);
      await probeDatabase(db);
      const superuser = new pg.Client({ connectionString: scratch.superuserUrl });
      await superuser.connect();
      await superuser.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = 'payments'`,
      );
      await superuser.end();
      await eventually('a session', async () => probeDatabase(db).then(() => true));
    });
  });

  describe('in transaction mode', () => {
    let url: string;
    before(() => {
      url = pooler.through(scratch.url, 'transaction');
    });

    it('is refused with a sentence that says why, and what to do', async () => {
      await using db = open(url);
      await assert.rejects(probeDatabase(db), (error: Error) => {
        assert.match(error.message, REFUSED);
        assert.ok(isOutage(error));
        return true;
      });
    });

    it('is refused while others use it too', async () => {
      const others = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const client = new pg.Client({ connectionString: url });
          await client.connect();
          return client;
        }),
      );
      const done = new AbortController();
      const busy = others.map(async (client) => {
        while (!done.signal.aborted) await client.query('select 1');
        await client.end();
      });
      try {
        for (let time = 0; time < 5; time++) {
          await using db = open(url);
          await assert.rejects(probeDatabase(db), REFUSED);
        }
      } finally {
        done.abort();
        await Promise.all(busy);
      }
    });

    it('lets a service wait, and its readiness say why', async () => {
      const ended = new AbortController();
      const { promise: said, resolve } = Promise.withResolvers<RoleState>();
      const migrated = migrateWhenPossible({
        url,
        name: 'test',
        migrations: paymentsMigrations,
        log: LOG,
        onState: resolve,
        signal: ended.signal,
      });
      const state = await said;
      ended.abort();
      await migrated;
      assert.match(state.ready ? '' : state.reason, REFUSED);
    });
  });
});

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import pg from 'pg';
import { openDatabase } from '#platform/postgres/database.ts';
import type { OpenDatabase } from '#platform/postgres/database.ts';
import { findOldestSnapshot } from '#platform/postgres/oldest-snapshot.queries.ts';
import { MANY_TRANSACTIONS, watchOldestSnapshot } from '#platform/postgres/watch-oldest-snapshot.ts';
import { createLogger } from '#platform/process/logger.ts';
import { renderMetrics } from '#platform/process/metrics.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';
import { eventually } from '#tools/testbed/eventually.ts';

for (const owner of ['orders', 'payments'] as const) {
  describe(`what keeps dead rows of the database ${owner}, as its service sees it`, function () {
    this.timeout(60_000);
    let scratch: ScratchDatabase;
    let elsewhere: ScratchDatabase;
    let db: OpenDatabase<unknown>;
    let superuser: pg.Client;
    before(async () => {
      scratch = await createScratchDatabase(owner);
      elsewhere = await createScratchDatabase(owner);
      db = openDatabase({ url: scratch.url, name: owner, log: createLogger('test', 'fatal') });
      superuser = await connect(scratch.superuserUrl, 'psql');
    });
    after(async () => {
      await superuser.end();
      await db[Symbol.asyncDispose]();
      await elsewhere[Symbol.asyncDispose]();
      await scratch[Symbol.asyncDispose]();
    });

    async function connect(url: string, application: string): Promise<pg.Client> {
      const client = new pg.Client({ connectionString: url, application_name: application });
      await client.connect();
      await client.query(`set statement_timeout = 0; set idle_in_transaction_session_timeout = 0`);
      return client;
    }

    /** Runs the work while another role's session is in a transaction, and has run this statement in it. */
    async function whileHeld(url: string, statement: string, work: (holder: string) => Promise<void>) {
      const client = await connect(url, 'pg_dump');
      try {
        await client.query(`begin isolation level ${statement}`);
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
        await work(`process ${rows[0]?.pid} of PostgreSQL (pg_dump)`);
      } finally {
        await client.end();
      }
    }

    async function passTransactions(count: number): Promise<void> {
      await superuser.query(
        `do $$ begin for i in 1..${count} loop perform pg_current_xact_id(); commit; end loop; end $$`,
      );
    }

    async function metric(): Promise<number> {
      const { body } = await renderMetrics();
      return Number(/^postgres_oldest_snapshot_transactions (\S+)$/m.exec(body)?.[1]);
    }

    for (const [kind, statement] of [
      ['reads in one snapshot, as a dump does', 'repeatable read; select 1'],
      ['has written and is idle', 'read committed; select pg_current_xact_id()'],
    ] as const) {
      it(`is a session of another role that ${kind}`, async () => {
        await whileHeld(scratch.superuserUrl, statement, async (holder) => {
          await passTransactions(1_000);
          const oldest = await findOldestSnapshot(db);
          assert.equal(oldest?.holder, holder);
          assert.ok(oldest.transactions >= 1_000, `${oldest.transactions}`);
        });
      });
    }

    it('is no session in another database', async () => {
      await whileHeld(elsewhere.superuserUrl, 'repeatable read; select 1', async () => {
        await passTransactions(1_000);
        assert.ok(((await findOldestSnapshot(db))?.transactions ?? 0) < 1_000);
      });
    });

    it('is warned of, shown and logged once when it is old, and no longer when it ends', async () => {
      const log = createLogger('test', 'fatal');
      const warn = mock.method(log, 'warn');
      let named: string | undefined;
      await using watch = watchOldestSnapshot(db, log, { every: 10 });
      await whileHeld(scratch.superuserUrl, 'repeatable read; select 1', async (holder) => {
        named = holder;
        await eventually('the first look', async () => (await metric()) >= 0);
        assert.equal(watch.warning(), undefined);
        await passTransactions(MANY_TRANSACTIONS);
        await eventually('a warning', () => watch.warning()?.startsWith(`${holder} is `));
        const first = watch.warning();
        assert.ok((await metric()) >= MANY_TRANSACTIONS);
        await passTransactions(1);
        await eventually('another look', () => watch.warning() !== first);
      });
      await eventually('no warning', () => watch.warning() === undefined);
      assert.ok((await metric()) < MANY_TRANSACTIONS);
      // An ANALYZE of autovacuum may have been as old.
      const holders = warn.mock.calls.map((call) => (call.arguments[0] as { holder: string }).holder);
      assert.equal(holders.filter((holder) => holder === named).length, 1, holders.join());
    });
  });
}

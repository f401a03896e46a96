import assert from 'node:assert/strict';
import pg from 'pg';
import { pino } from 'pino';
import { ordersMigrations } from '#orders/migrations.ts';
import { paymentsMigrations } from '#payments/migrations.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('migrations', () => {
  let scratch: ScratchDatabase;
  let client: pg.Client;
  beforeEach(async () => {
    scratch = await createScratchDatabase('payments');
    client = new pg.Client({ connectionString: scratch.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await scratch[Symbol.asyncDispose]();
  });

  async function start(options: Partial<Parameters<typeof migrateWhenPossible>[0]> = {}) {
    const states: RoleState[] = [];
    await migrateWhenPossible({
      url: scratch.url,
      name: 'test',
      migrations: paymentsMigrations,
      log: createLogger('test', 'silent'),
      onState: (state) => states.push(state),
      signal: new AbortController().signal,
      ...options,
    });
    return states;
  }

  const applied = async () =>
    (await client.query<{ name: string }>('select name from kysely_migration order by name')).rows.map(
      ({ name }) => name,
    );

  it('run once when several copies start at once on an empty database', async () => {
    await client.query('drop schema public cascade; create schema public');
    const states = await Promise.all(Array.from({ length: 4 }, async () => start()));
    assert.deepEqual(
      states,
      Array.from({ length: 4 }, () => [{ ready: true }]),
    );
    assert.deepEqual(await applied(), Object.keys(paymentsMigrations));
    assert.deepEqual((await client.query('select * from accounts')).rows, []);
  });

  it('change nothing the second time', async () => {
    assert.deepEqual(await start(), [{ ready: true }]);
    assert.deepEqual(await applied(), Object.keys(paymentsMigrations));
  });

  it('are left alone by an older copy, which starts on the newer schema', async () => {
    await client.query(`insert into kysely_migration (name, timestamp) values ('9999-later', '')`);
    assert.deepEqual(await start(), [{ ready: true }]);
    assert.deepEqual(await applied(), [...Object.keys(paymentsMigrations), '9999-later']);
  });

  it('never begin on the database of another service, which is not ready and says so', async () => {
    const stop = new AbortController();
    const states: RoleState[] = [];
    await start({
      migrations: ordersMigrations,
      signal: stop.signal,
      onState(state) {
        states.push(state);
        stop.abort();
      },
    });
    assert.deepEqual(states, [
      {
        ready: false,
        reason: 'this is the database of another service: DATABASE_URL must name the one of this service',
      },
    ]);
    assert.deepEqual(await applied(), Object.keys(paymentsMigrations));
  });

  it('that are wrong are an error, and leave the schema as it was', async () => {
    const wrong = {
      async up(db: Parameters<(typeof paymentsMigrations)['0001-ledger']['up']>[0]) {
        await db.schema.createTable('half').addColumn('id', 'integer').execute();
        throw new Error('the second half is wrong');
      },
    };
    await assert.rejects(
      start({ migrations: { ...paymentsMigrations, '9999-wrong': wrong } }),
      /the second half is wrong/,
    );
    assert.deepEqual(await applied(), Object.keys(paymentsMigrations));
    assert.deepEqual((await client.query(`select to_regclass('half') as half`)).rows, [{ half: null }]);
  });

  describe('with an index on a table that is in use', () => {
    const index = { name: 'decided_at', table: 'decisions', definition: '(decided_at)' };
    const migrations = {
      ...paymentsMigrations,
      '9999-index': { indexes: [index], up: async () => {} },
    };
    const isValid = async () =>
      (
        await client.query<{ valid: boolean }>(
          `select indisvalid as valid from pg_index where indexrelid = to_regclass('decided_at')`,
        )
      ).rows[0]?.valid;
    const decide = async (by: pg.Client) =>
      by.query(
        `insert into decisions (order_id, user_id, amount, currency, outcome)
          values (gen_random_uuid(), gen_random_uuid(), 1, 'EUR', 'completed')`,
      );

    it('do not hold up its writers', async () => {
      const slow = new pg.Client({ connectionString: scratch.url });
      await slow.connect();
      try {
        await slow.query('begin');
        await decide(slow);
        const migrated = start({ migrations });
        await eventually('the build to wait for the open transaction', async () => {
          const { rows } = await client.query(
            `select from pg_stat_progress_create_index where phase like 'waiting%'`,
          );
          return rows.length > 0;
        });
        await client.query(`set lock_timeout = '5s'`);
        await decide(client);
        await slow.query('commit');
        assert.deepEqual(await migrated, [{ ready: true }]);
        assert.equal(await isValid(), true);
      } finally {
        await slow.end();
      }
    });

    it('build it again when a build was cut off', async () => {
      const superuser = new pg.Client({ connectionString: scratch.superuserUrl });
      await superuser.connect();
      try {
        await superuser.query('create index decided_at on decisions (decided_at)');
        await superuser.query(
          `update pg_index set indisvalid = false where indexrelid = to_regclass('decided_at')`,
        );
        await superuser.query('alter index decided_at owner to payments');
      } finally {
        await superuser.end();
      }
      assert.deepEqual(await start({ migrations }), [{ ready: true }]);
      assert.equal(await isValid(), true);
    });

    it('build it once when several copies start at once', async () => {
      const states = await Promise.all(Array.from({ length: 4 }, async () => start({ migrations })));
      for (const of of states) assert.deepEqual(of.at(-1), { ready: true });
      assert.equal(await isValid(), true);
    });
  });

  it('wait for a database that is away, saying so, until told to stop', async () => {
    const url = new URL(scratch.url);
    url.port = '1';
    const stop = new AbortController();
    const reasons: string[] = [];
    const lines: Record<string, unknown>[] = [];
    await start({
      url: url.href,
      log: pino({}, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }),
      signal: stop.signal,
      onState(state) {
        if (!state.ready) reasons.push(state.reason);
        if (reasons.length === 2) stop.abort();
      },
    });
    assert.equal(reasons.length, 2);
    for (const reason of reasons) assert.match(reason, /ECONNREFUSED$/);
    // The log alone names the server.
    assert.equal(lines[0]?.['database'], `127.0.0.1:1${url.pathname}`);
  });
});

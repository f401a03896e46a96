import assert from 'node:assert/strict';
import pg from 'pg';
import { paymentsMigrations } from '#payments/migrations.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';

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

  it('wait for a database that is away, saying so, until told to stop', async () => {
    const url = new URL(scratch.url);
    url.port = '1';
    const stop = new AbortController();
    const reasons: string[] = [];
    await start({
      url: url.href,
      signal: stop.signal,
      onState(state) {
        if (!state.ready) reasons.push(state.reason);
        if (reasons.length === 2) stop.abort();
      },
    });
    assert.equal(reasons.length, 2);
    for (const reason of reasons) assert.match(reason, /ECONNREFUSED/);
  });
});

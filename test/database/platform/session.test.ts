import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { classifyError, isOutage } from '#platform/process/classify-error.ts';
import { createLogger } from '#platform/process/logger.ts';
import { HOSTILE_DEFAULTS } from '#test/support/database/hostile-defaults.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';

describe('a session of the database', () => {
  let scratch: ScratchDatabase;
  let superuser: pg.Client;
  let database: string;
  before(async () => {
    scratch = await createScratchDatabase('payments');
    superuser = new pg.Client({ connectionString: scratch.superuserUrl });
    await superuser.connect();
    database = new URL(scratch.url).pathname.slice(1);
    await superuser.query(`alter role payments in database ${database} reset all`);
  });
  after(async () => {
    await superuser.end();
    await scratch[Symbol.asyncDispose]();
  });

  const open = ({ url = scratch.url, size = 1 } = {}) =>
    openDatabase<unknown>({ url, name: 'test', log: createLogger('test', 'silent'), size });

  describe('while defaults are hostile', () => {
    const levels = {
      database: () => `database ${pg.escapeIdentifier(database)}`,
      role: () => `role payments in database ${pg.escapeIdentifier(database)}`,
    };
    for (const [level, of] of Object.entries(levels)) {
      for (const [name, value] of Object.entries(HOSTILE_DEFAULTS)) {
        it(`reads and writes as ever, with ${name} = ${value} of the ${level}`, async () => {
          await superuser.query(`alter ${of()} set ${name} = ${value}`);
          try {
            await using db = open();
            assert.deepEqual(await readEach(db), AS_EVER);
          } finally {
            await superuser.query(`alter ${of()} reset ${name}`);
          }
        });
      }
    }

    const EACH = sql`
      select timestamptz '2026-02-03T04:05:06.789Z' as at, '01/02/2026'::date::text as day_first,
             (interval '1 day 2 hours')::text as duration, '\\x00ff'::bytea as bytes, 0.1::float8 + 0.2 as sum,
             array[null]::text[] as nulls, (null = null) is null as null_is_unknown,
             current_user::text as role, to_regclass('accounts') is not null as finds_tables,
             current_setting('transaction_isolation') as isolation,
             current_setting('synchronous_commit') as durability,
             '{null}'::text[] as parsed_nulls, 'a\\b' as backslash`;

    async function readEach(db: ReturnType<typeof open>): Promise<unknown> {
      return (await EACH.execute(db)).rows[0];
    }

    const AS_EVER = {
      at: new Date('2026-02-03T04:05:06.789Z'),
      dayFirst: '2026-01-02',
      duration: '1 day 02:00:00',
      bytes: Buffer.from([0, 255]),
      sum: 0.1 + 0.2,
      nulls: [null],
      nullIsUnknown: true,
      role: 'payments',
      findsTables: true,
      isolation: 'read committed',
      durability: 'on',
      parsedNulls: [null],
      backslash: 'a\\b',
    };
  });

  for (const [given, used] of [
    ['remote_apply', 'remote_apply'],
    ['remote_write', 'on'],
    ['local', 'on'],
  ] as const) {
    it(`commits with synchronous_commit = ${used} where the default is ${given}`, async () => {
      const role = `role payments in database ${database}`;
      await superuser.query(`alter ${role} set synchronous_commit = ${given}`);
      try {
        await using db = open();
        const { rows } = await sql`show synchronous_commit`.execute(db);
        assert.deepEqual(rows, [{ synchronousCommit: used }]);
      } finally {
        await superuser.query(`alter ${role} reset synchronous_commit`);
      }
    });
  }

  it('has the time limits of its pool, and none that somebody set for other clients', async () => {
    await using db = openDatabase({
      url: scratch.url,
      name: 'test',
      log: createLogger('test', 'silent'),
      deadlines: { connect: 1_000, statement: 1_234, query: 2_345 },
    });
    const { rows } = await sql`
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
             current_setting('idle_in_transaction_session_timeout') as idle_in_transaction,
             current_setting('idle_session_timeout') as idle, current_setting('transaction_timeout') as transaction`.execute(
      db,
    );
    assert.deepEqual(rows, [
      { statement: '1234ms', lock: '0', idleInTransaction: '2345ms', idle: '1min', transaction: '0' },
    ]);
  });

  it('starts with parameters only that every pooler accepts', async () => {
    const started = Promise.withResolvers<Buffer>();
    const server = createServer((socket) => {
      socket.once('data', (packet) => {
        started.resolve(packet);
        socket.destroy();
      });
    }).listen(0, LOOPBACK);
    await once(server, 'listening');
    const url = new URL(scratch.url);
    url.port = String((server.address() as AddressInfo).port);
    await using db = open({ url: url.href });
    await assert.rejects(probeDatabase(db), isOutage);
    server.close();
    const fields = (await started.promise).subarray(8).toString().split('\0');
    const names = fields.filter((_field, index) => index % 2 === 0).filter((name) => name !== '');
    // pgbouncer.org/config.html: these are known to it, and any other it must be told to ignore.
    const known = new Set(['user', 'database', 'client_encoding', 'application_name']);
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
  });

  describe('on a server that has become read-only', () => {
    const readOnly = async (on: boolean) => {
      const change = on ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only';
      await superuser.query(`alter role payments in database ${database} ${change}`);
    };
    afterEach(async () => readOnly(false));

    /** As on the old primary of a failover: the sessions stay open, and every transaction is read-only. */
    async function makeReadOnly(db: ReturnType<typeof open>, sessions: number): Promise<void> {
      await Promise.all(
        Array.from({ length: sessions }, async () =>
          sql`select set_config('default_transaction_read_only', 'on', false), pg_sleep(0.2)`.execute(db),
        ),
      );
    }

    const write = (db: ReturnType<typeof open>) =>
      sql`update accounts set version = version + 1 where false`.execute(db);

    it('is given up with all that are as old, so that one refused write is all', async () => {
      await using db = open({ size: 4 });
      await makeReadOnly(db, 4);
      await assert.rejects(write(db), (error) => classifyError(error) === 'outage');
      await Promise.all(Array.from({ length: 8 }, async () => write(db)));
    });

    it('is not used at all, which is an outage until writes are possible', async () => {
      await readOnly(true);
      await using db = open();
      await assert.rejects(write(db), isOutage);
      await assert.rejects(probeDatabase(db), /accepts no writes/);
      await readOnly(false);
      await write(db);
      await probeDatabase(db);
    });

    it('is noticed by a probe, which gives it up', async () => {
      await using db = open();
      await makeReadOnly(db, 1);
      await assert.rejects(probeDatabase(db), /accepts no writes/);
      await probeDatabase(db);
    });
  });
});

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import { isDataFault, openDatabase, refusalCode } from '#platform/postgres/database.ts';
import type { OpenDatabase } from '#platform/postgres/database.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openLink } from '#tools/testbed/tcp-proxy.ts';

const DEADLINES = { connect: 500, statement: 200, query: 500 };

describe('the database', () => {
  let scratch: ScratchDatabase;
  before(async () => {
    scratch = await createScratchDatabase('payments');
  });
  after(async () => scratch[Symbol.asyncDispose]());

  /** With one connection, so that one that is broken and kept would be noticed. */
  const open = (url = scratch.url) =>
    openDatabase<unknown>({
      url,
      name: 'test',
      log: createLogger('test', 'silent'),
      deadlines: DEADLINES,
      size: 1,
    });

  async function connectionOf(db: OpenDatabase<unknown>): Promise<number | undefined> {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    return rows[0]?.pid;
  }

  it('gives bigint columns as bigint, and snake case as camel case', async () => {
    await using db = open();
    const { rows } = await sql`select 9223372036854775807::bigint as the_most, 1 as one`.execute(db);
    assert.deepEqual(rows, [{ theMost: 2n ** 63n - 1n, one: 1 }]);
  });

  it('is used over a new connection after a link fell silent, even if the old one stays so for good', async () => {
    await using link = await openLink(infrastructure().settings.ports.POSTGRES_PORT);
    const url = new URL(scratch.url);
    url.port = String(link.port);
    await using db = open(url.href);
    const first = await connectionOf(db);
    link.halfOpen();
    await assert.rejects(connectionOf(db), isOutage);
    await assert.rejects(connectionOf(db), isOutage);
    await link.heal('stays silent');
    const second = await connectionOf(db);
    assert.notEqual(second, first);
    assert.equal(await connectionOf(db), second);
  });

  it('keeps a connection on which a statement was refused', async () => {
    await using db = open();
    const first = await connectionOf(db);
    await assert.rejects(sql`select 1/0`.execute(db), isDataFault);
    await assert.rejects(sql`select pg_sleep(5)`.execute(db), isOutage);
    assert.equal(await connectionOf(db), first);
  });

  it('is used over a new connection after the server ended an idle one', async () => {
    await using db = open();
    await using other = open();
    const first = await connectionOf(db);
    await sql`select pg_terminate_backend(${first})`.execute(other);
    const second = await eventually('a new connection', async () => connectionOf(db));
    assert.notEqual(second, first);
  });

  it('asks for the address of its host at each connection, since a failover may change it', async () => {
    const addresses = { primary: '127.0.0.1', nobody: '127.0.0.2' };
    let address = addresses.primary;
    const { lookup } = dns;
    // In place of a server of names: the system's resolver asks none that a test can bring.
    const answer = ((
      _host: string,
      _options: object,
      reply: (error: null, found: dns.LookupAddress[]) => void,
    ) => reply(null, [{ address, family: 4 }])) as unknown as typeof dns.lookup;
    const url = new URL(scratch.url);
    url.hostname = 'database.example';
    await using db = open(url.href);
    await using other = open();
    dns.lookup = answer;
    try {
      const first = await connectionOf(db);
      address = addresses.nobody;
      assert.equal(await connectionOf(db), first);
      await sql`select pg_terminate_backend(${first})`.execute(other);
      await eventually('a connection to the new address', async () =>
        connectionOf(db).then(
          () => false,
          ({ cause }: Error) => (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED',
        ),
      );
      address = addresses.primary;
      assert.notEqual(await connectionOf(db), first);
    } finally {
      dns.lookup = lookup;
    }
  });

  it('has its sessions end that ask nothing, should its own end of them be lost', async () => {
    await using db = open();
    const { rows } = await sql`show idle_session_timeout`.execute(db);
    assert.deepEqual(rows, [{ idleSessionTimeout: '1min' }]);
  });

  it('does not let a transaction that was left open keep its locks', async () => {
    await using db = open();
    await using other = open();
    await sql`create table left_open (id int)`.execute(other);
    const abandoned = await db.startTransaction().execute();
    await sql`lock table left_open`.execute(abandoned);
    await eventually('the lock to be free', async () => sql`insert into left_open values (1)`.execute(other));
    await assert.rejects(sql`select 1`.execute(abandoned), isOutage);
    await abandoned
      .rollback()
      .execute()
      .catch(() => {});
  });

  it('goes on when a migration adds a column to what it has asked for before', async () => {
    await using db = open();
    await using other = open();
    await sql`create table widened (id int)`.execute(other);
    await sql`insert into widened values (1)`.execute(other);
    const read = async (by: QueryExecutorProvider) =>
      sql`select * from widened where id = ${1}`.execute(by).then(({ rows }) => rows);
    assert.deepEqual(await read(db), [{ id: 1 }]);
    await sql`alter table widened add column name text`.execute(other);
    assert.deepEqual(await read(db), [{ id: 1, name: null }]);

    const first = await connectionOf(db);
    await db
      .transaction()
      .execute(async (transaction) => {
        assert.deepEqual(await read(transaction), [{ id: 1, name: null }]);
        await sql`alter table widened add column size int`.execute(transaction);
        await assert.rejects(read(transaction), isOutage);
      })
      .catch(() => {});
    assert.notEqual(await connectionOf(db), first, 'its session was replaced');
  });

  it('plans a statement once a session', async () => {
    await using db = open();
    for (const value of [1, 2, 3]) await sql`select ${value}::int as planned_once`.execute(db);
    const { rows } = await sql`
      select generic_plans + custom_plans as runs from pg_prepared_statements where statement like '%planned_once%'`.execute(
      db,
    );
    assert.deepEqual(rows, [{ runs: 3n }]);
  });

  it('tells an outage, a fault of the data and a refusal of ours from one another', async () => {
    await using db = open();
    const errorOf = async (statement: string) =>
      sql
        .raw(statement)
        .execute(db)
        .then(
          () => assert.fail('this must fail'),
          (error: unknown) => [isOutage(error), isDataFault(error), refusalCode(error)],
        );
    const raise = (code: string) => `do $$ begin raise 'x' using errcode = '${code}'; end $$`;
    assert.deepEqual(await errorOf('select pg_sleep(5)'), [true, false, undefined]);
    for (const outage of ['40P01', '40001', '53300', '57P01', '57P03', '55P03', '08006']) {
      assert.deepEqual(await errorOf(raise(outage)), [true, false, undefined], outage);
    }
    for (const fault of ['22003', '22P05', '23505', '23514']) {
      assert.deepEqual(await errorOf(raise(fault)), [false, true, undefined], fault);
    }
    assert.deepEqual(await errorOf(raise('GZ001')), [false, false, 'GZ001']);
    for (const bug of ['42P01', '42501', 'P0001']) {
      assert.deepEqual(await errorOf(raise(bug)), [false, false, undefined], bug);
    }
  });

  it('that cannot be reached at all is an outage, within its deadline', async () => {
    const nowhere = new URL(scratch.url);
    nowhere.port = '1';
    await using db = open(nowhere.href);
    await assert.rejects(connectionOf(db), isOutage);
  });
});

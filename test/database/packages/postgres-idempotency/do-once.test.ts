import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  doOnce,
  InvalidIdempotencyKey,
  KEY_IN_FLIGHT,
  KEY_REUSED,
  readIdempotency,
} from '@gozon/postgres-idempotency';
import type { Replayable } from '@gozon/postgres-idempotency';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { createEmptyDatabase, createScratchDatabase } from '#test/support/databases.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const FILE = 'packages/postgres-idempotency/idempotency.sql';
const FIELDS = { guest: 'Ada', big_one: 1 };

/** A database error by its SQLSTATE. */
function refusedWith(code: string) {
  return (error: unknown) => (error as { code?: string }).code === code;
}

describe('work that is done once for an Idempotency-Key, on a database made by idempotency.sql alone,', () => {
  const stack = new AsyncDisposableStack();
  /** As a service of another kind has it: without plugins. */
  let db: Kysely<unknown>;

  const open = ({ url }: { readonly url: string }) => {
    const pool = new pg.Pool({ connectionString: url });
    // The database ends idle sessions.
    pool.on('error', () => {});
    const opened = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    stack.defer(async () => opened.destroy());
    return opened;
  };
  before(async () => {
    db = open(stack.use(await createEmptyDatabase()));
    await sql.raw(readFileSync(path.join(CHECKOUT, FILE), 'utf8')).execute(db);
    await sql`create table guests (name text)`.execute(db);
  });
  after(async () => stack.disposeAsync());
  beforeEach(async () => sql`truncate guests, idempotency_keys`.execute(db));

  const invite = async (key: string | undefined, request = 'invite', on = db): Promise<Replayable<object>> =>
    on.transaction().execute(async (transaction) =>
      doOnce(
        transaction,
        { scope: 'ada invite', idempotency: readIdempotency(key, () => request) },
        async () => {
          await sql`insert into guests values ('Ada')`.execute(transaction);
          return FIELDS;
        },
      ),
    );
  const guests = async () => (await sql`select * from guests`.execute(db)).rows.length;

  it('gives a repeat the first reply', async () => {
    assert.deepEqual(await invite('a'), { reply: FIELDS, replayed: false });
    assert.deepEqual(await invite('a'), { reply: FIELDS, replayed: true });
    assert.equal(await guests(), 1);
  });

  it('is done each time without a key, and for each key', async () => {
    for (const key of [undefined, undefined, 'a', 'b']) assert.equal((await invite(key)).replayed, false);
    assert.equal(await guests(), 4);
  });

  it('is refused for a key that was used for another request', async () => {
    await invite('a');
    await assert.rejects(invite('a', 'invite another'), refusedWith(KEY_REUSED));
    assert.equal(await guests(), 1);
  });

  it('is refused while a request with the key is under way, and forgotten when that is rolled back', async () => {
    const first = await db.startTransaction().execute();
    const idempotency = readIdempotency('a', () => 'invite');
    await doOnce(first, { scope: 'ada invite', idempotency }, async () => FIELDS);
    await assert.rejects(invite('a'), refusedWith(KEY_IN_FLIGHT));
    await first.rollback().execute();
    assert.equal((await invite('a')).replayed, false);
    assert.equal(await guests(), 1);
  });

  it('has no key that is empty, too long or not ASCII', () => {
    for (const key of ['', 'x'.repeat(256), 'é', ['a', 'b']])
      assert.throws(() => readIdempotency(key, () => 'invite'), InvalidIdempotencyKey);
  });

  it('runs the same functions as those that migrations made', async () => {
    const functions = async (on: Kysely<unknown>) => {
      const { rows } = await sql<{ proname: string; prosrc: string }>`
        select proname, prosrc from pg_proc where proname like 'idempotency%' order by proname`.execute(on);
      return rows.map(({ proname, prosrc }) => [proname, prosrc.split(/\s+/).filter(Boolean)]);
    };
    const lifted = await functions(db);
    assert.equal(lifted.length, 2);
    for (const owner of ['orders', 'payments'] as const)
      assert.deepEqual(lifted, await functions(open(stack.use(await createScratchDatabase(owner)))));
  });
});

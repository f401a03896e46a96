import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { openDatabase } from '#platform/postgres/database.ts';
import type { OpenDatabase } from '#platform/postgres/database.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openHome } from '#test/support/open-home.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startPostgresPair } from '#tools/testbed/postgres-pair.ts';
import type { PostgresPair } from '#tools/testbed/postgres-pair.ts';
import { openLink } from '#tools/testbed/tcp-proxy.ts';
import type { Link } from '#tools/testbed/tcp-proxy.ts';

describe('a failover to a standby, of which nobody told the old primary,', function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let pair: PostgresPair;
  let link: Link;
  let db: OpenDatabase<unknown>;
  before(async () => {
    const settings = await openHome(stack);
    const [port = 0] = await findFreePorts(1);
    pair = stack.use(
      await startPostgresPair(settings, port, (server) => {
        stack.defer(async () => server.kill());
        return server;
      }),
    );
    link = stack.use(await openLink(port));
    const url = new URL(pair.primary.component.url);
    url.port = String(link.port);
    db = stack.use(
      openDatabase({ url: url.href, name: 'test', log: createLogger('test', 'silent'), size: 2 }),
    );
  });
  after(async () => stack.disposeAsync());

  it('gives up the sessions that are left there as soon as a session is on the new one', async () => {
    await sql`create table accounts (id int primary key)`.execute(db);
    await sql`insert into accounts values (1)`.execute(db);
    const old = await pair.promote();
    link.lead(pair.primary.port);
    // The open session is busy, so that another is opened.
    await db.connection().execute(async (left) => {
      assert.equal(await portOf(left), old.port);
      await sql`insert into accounts values (2)`.execute(db);
    });
    const found = await Promise.all(
      [1, 2, 3, 4].map(async () => sql`select id from accounts order by id`.execute(db)),
    );
    assert.deepEqual(
      found.map(({ rows }) => rows),
      found.map(() => [{ id: 1 }, { id: 2 }]),
    );
    assert.equal(await portOf(db), pair.primary.port);
    await eventually('the old sessions to end', async () => {
      const left = await old.run(`select from pg_stat_activity where application_name = 'test'`);
      return left.length === 0;
    });
  });
});

async function portOf(db: Pick<OpenDatabase<unknown>, 'getExecutor'>): Promise<number | undefined> {
  const { rows } = await sql<{ port: number }>`select inet_server_port() as port`.execute(db);
  return rows[0]?.port;
}

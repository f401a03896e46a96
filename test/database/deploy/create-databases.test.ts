import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { createDatabases } from '#deploy/create-databases.ts';
import { openHome } from '#test/support/open-home.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { startPostgresPair } from '#tools/testbed/postgres-pair.ts';
import type { PostgresPair } from '#tools/testbed/postgres-pair.ts';

const PASSWORDS = {
  orders: 'orders-password-of-tests',
  payments: `payments'-"pässword"\u00a0of-tests`,
  workflows: 'workflows-password-of-tests',
};
type Role = keyof typeof PASSWORDS;

describe('the set-up of the databases', function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let pair: PostgresPair;
  let logs: string;
  before(async () => {
    const settings = await openHome(stack);
    ({ logs } = settings);
    const [port = 0] = await findFreePorts(1);
    pair = stack.use(
      await startPostgresPair(settings, port, (server) => {
        stack.defer(async () => server.kill());
        return server;
      }),
    );
  });
  after(async () => stack.disposeAsync());

  async function logIn(role: Role, password: string): Promise<string | undefined> {
    const url = new URL(pair.primary.component.url);
    Object.assign(url, { username: role, password, pathname: '/orders' });
    const client = new pg.Client({ connectionString: url.href });
    try {
      await client.connect();
      return (await client.query<{ role: string }>('select current_user as role')).rows[0]?.role;
    } finally {
      await client.end();
    }
  }

  it('gives up a server that stays in recovery, such as a standby, and names it', async () => {
    const { port, component } = pair.standby;
    await assert.rejects(createDatabases(component.url, PASSWORDS, { say: () => {}, recovery: 1_000 }), {
      name: 'SetUpError',
      message: `PostgreSQL at 127.0.0.1:${port}: it is still in recovery after 1 s, unless it is a standby`,
    });
  });

  it('waits for the end of a recovery, says so once, and makes roles that log in with their passwords', async () => {
    const { port, component } = pair.standby;
    const waiting = Promise.withResolvers<string>();
    let lines = 0;
    const done = createDatabases(component.url, PASSWORDS, {
      say(line) {
        lines += 1;
        waiting.resolve(line);
      },
    });
    assert.equal(
      await waiting.promise,
      `PostgreSQL at 127.0.0.1:${port} is in recovery: waiting until it accepts writes, for 240 s at most`,
    );
    await pair.promote();
    await done;
    assert.equal(lines, 1);
    for (const role of ['orders', 'workflows'] as const)
      assert.equal(await logIn(role, PASSWORDS[role]), role);
    await assert.rejects(logIn('orders', PASSWORDS.workflows), { code: '28P01' });
  });

  it('takes any characters in a password, and changes a password when it is repeated', async () => {
    const changed = { ...PASSWORDS, orders: PASSWORDS.payments };
    await createDatabases(pair.primary.component.url, changed);
    assert.equal(await logIn('orders', changed.orders), 'orders');
    await assert.rejects(logIn('orders', PASSWORDS.orders), { code: '28P01' });
  });

  it('leaves no password in the log of the server, which has each statement that fails', async () => {
    const url = new URL(pair.primary.component.url);
    url.searchParams.set('options', '-c default_transaction_read_only=on');
    await assert.rejects(createDatabases(url.href, PASSWORDS), {
      name: 'SetUpError',
      message: `PostgreSQL at ${url.host}: cannot execute ALTER ROLE in a read-only transaction`,
    });
    const log = readFileSync(path.join(logs, 'postgres-2.log'), 'utf8');
    assert.match(log, /STATEMENT: {2}alter role "orders" login password 'SCRAM-SHA-256\$4096:/);
    assert.doesNotMatch(log, /of-tests/);
  });

  it('ends with one sentence and exit code 1 when the password of the superuser is wrong, or nothing listens', async () => {
    const rightUrl = pair.primary.component.url;
    const wrong = Object.assign(new URL(rightUrl), { password: 'another-password' });
    const [port = 0] = await findFreePorts(1);
    const away = Object.assign(new URL(rightUrl), { port: String(port) });
    for (const [url, reason] of [
      [wrong, 'password authentication failed for user "postgres"'],
      [away, 'connect ECONNREFUSED'],
    ] as const) {
      const { exitCode, stdout, stderr } = await execa(process.execPath, ['deploy/set-up-databases.ts'], {
        cwd: CHECKOUT,
        env: {
          SUPERUSER_URL: url.href,
          ...Object.fromEntries(
            ['ORDERS', 'PAYMENTS', 'WORKFLOWS', 'TEMPORAL'].map((role) => [
              `${role}_DB_PASSWORD`,
              `${role}-password-of-tests`,
            ]),
          ),
        },
        extendEnv: false,
        reject: false,
      });
      assert.deepEqual(
        { exitCode, stdout, stderr },
        { exitCode: 1, stdout: '', stderr: `set-up-databases: PostgreSQL at ${url.host}: ${reason}` },
      );
    }
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { createEmptyDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { installPackages } from '#test/support/packages/install-packages.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { eventually } from '#tools/testbed/eventually.ts';

const OUTBOX = path.join(CHECKOUT, 'packages/temporal-outbox');

/** The blocks of code in the README of the outbox that are whole files, by their name in the first line, and the SQL. */
function codeOfReadme(): { readonly programs: Record<string, string>; readonly sql: string } {
  const text = readFileSync(path.join(OUTBOX, 'README.md'), 'utf8');
  const files = [...text.matchAll(/^```ts\n(\/\/ (\S+\.ts)\n.*?)^```$/gms)];
  return {
    programs: Object.fromEntries(files.map(([, code = '', name = '']) => [name, code])),
    sql: /^ *```sql\n(.*?)```$/ms.exec(text)?.[1] ?? '',
  };
}

/** On a connection of its own, since PostgreSQL ends one that is idle meanwhile. */
async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(text);
  await client.end();
}

describe('the packages as they are published', function () {
  this.timeout(300_000);

  it('start a workflow from a transaction, once for an Idempotency-Key, in a service elsewhere', async () => {
    await using database = await createEmptyDatabase();
    await using server = await openDevServer();
    using installed = await installPackages();
    const printed = await installed.run('invite-guests', {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: infrastructure().temporal,
      NAMESPACE: server.namespace,
      WORKFLOW_ID: `welcome-${newId()}`,
    });
    assert.deepEqual(printed, {
      first: { reply: { invited: 'Ada' }, replayed: false },
      repeat: { reply: { invited: 'Ada' }, replayed: true },
      otherIsRefused: true,
      started: 'welcome',
      guests: 1,
      stripsTypes: false,
    });
  });

  it('run the worker and the SQL of the README of the outbox', async () => {
    await using database = await createEmptyDatabase();
    await using server = await openDevServer();
    using installed = await installPackages();
    const { programs, sql } = codeOfReadme();
    await query(database.url, readFileSync(path.join(OUTBOX, 'outbox.sql'), 'utf8'));
    const running = execa(process.execPath, ['--no-strip-types', 'main.js'], {
      cwd: await installed.compile(programs),
      env: {
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: infrastructure().temporal,
        NAMESPACE: server.namespace,
      },
      all: true,
      reject: false,
    });
    try {
      let printed = '';
      running.all.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const ended = running.then(({ all }) => assert.fail(`it ended: ${all}`));
      ended.catch(() => {});
      await query(database.url, sql);
      const greeted = eventually('the greeting', () => printed.includes('Hello, Ada!'), {
        within: 120_000,
      });
      await Promise.race([greeted, ended]);
      running.kill('SIGINT');
      const { exitCode, all } = await running;
      assert.equal(exitCode, 0, all);
    } finally {
      running.kill('SIGKILL');
    }
  });
});

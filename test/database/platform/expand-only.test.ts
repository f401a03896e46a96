import assert from 'node:assert/strict';
import type { Migration } from 'kysely';
import type pg from 'pg';
import { ordersMigrations } from '#orders/migrations.ts';
import { paymentsMigrations } from '#payments/migrations.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { createScratchDatabase } from '#test/support/databases.ts';

/** What a copy of an older version uses of a schema: each as a line, so that one that is gone or different is seen. */
const USED = `
  select format('column %s.%s %s', table_name, column_name, data_type) as used
  from information_schema.columns where table_schema = 'public'
  union all
  select format('function %s(%s) %s', proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid))
  from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select format('%s on %s for %s', privilege_type, table_name, grantee)
  from information_schema.role_table_grants where table_schema = 'public'
  union all
  select format('%s of %s.%s for %s', privilege_type, table_name, column_name, grantee)
  from information_schema.role_column_grants where table_schema = 'public'
  union all
  select format('%s on %s for %s', privilege_type, routine_name, grantee)
  from information_schema.role_routine_grants where routine_schema = 'public'`;

/** Columns that an older copy's insert, which does not know them, would leave out and may not. */
const REQUIRED = `
  select format('%s.%s', table_name, column_name) as column
  from information_schema.columns join information_schema.tables using (table_schema, table_name)
  where table_schema = 'public' and table_type = 'BASE TABLE'
    and is_nullable = 'NO' and column_default is null and is_identity = 'NO'`;

for (const [owner, migrations] of [
  ['orders', ordersMigrations],
  ['payments', paymentsMigrations],
] as const) {
  describe(`the migrations of ${owner}`, () => {
    const names = Object.keys(migrations);
    const upTo = (count: number) => Object.fromEntries(Object.entries<Migration>(migrations).slice(0, count));

    for (const count of names.keys()) {
      it(`after ${names[count]} take nothing away from a copy that knows no later one`, async () => {
        await using scratch = await createScratchDatabase(owner);
        const client = await openClient(scratch.url);
        try {
          await client.query('drop schema public cascade; create schema public');
          await client.query('grant usage on schema public to workflows');
          await migrate(scratch.url, upTo(count + 1));
          const before = await read(client);
          await migrate(scratch.url, upTo(names.length));
          const after = await read(client);
          assert.deepEqual(
            before.used.filter((used) => !after.used.includes(used)),
            [],
          );
          const known = new Set(before.tables);
          assert.deepEqual(
            after.required.filter(
              (column) => known.has(column.split('.')[0] ?? '') && !before.required.includes(column),
            ),
            [],
          );
        } finally {
          await client.end();
        }
      });
    }
  });
}

async function migrate(url: string, migrations: Record<string, Migration>): Promise<void> {
  await migrateWhenPossible({
    url,
    name: 'test',
    migrations,
    log: createLogger('test', 'fatal'),
    onState: () => {},
    signal: new AbortController().signal,
  });
}

async function read(client: pg.Client) {
  const used = await client.query<{ used: string }>(USED);
  const required = await client.query<{ column: string }>(REQUIRED);
  const tables = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  return {
    used: used.rows.map((row) => row.used),
    required: required.rows.map(({ column }) => column),
    tables: tables.rows.map(({ name }) => name),
  };
}

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { createScratchDatabase } from '../databases.ts';
import { dumpSchema } from './dump-schema.ts';

/** Holds `<owner>/schema.sql` to the schema that the owner's migrations make. With UPDATE_SCHEMA set, writes it first. */
export function describeSchemaFile(owner: 'orders' | 'payments'): void {
  const name = `${owner}/schema.sql`;
  const file = path.join(CHECKOUT, name);
  const head =
    `-- The schema that ${owner}/migrations make. Written by the command\n` +
    `-- UPDATE_SCHEMA=1 npm test -- test/database/${owner}/schema.test.ts\n\n`;

  describe(name, () => {
    it(`${name} is the schema that the migrations make`, async () => {
      await using scratch = await createScratchDatabase(owner);
      const dumped = head + (await dumpSchema(scratch.url));
      if (process.env['UPDATE_SCHEMA']) await writeFile(file, dumped);
      assert.equal(await readFile(file, 'utf8'), dumped);
    });

    it(`${name} makes that schema in an empty database`, async () => {
      await using scratch = await createScratchDatabase(owner);
      const client = new pg.Client({ connectionString: scratch.url });
      await client.connect();
      try {
        const sql = await readFile(file, 'utf8');
        await client.query(
          'drop schema public cascade; create schema public; grant usage on schema public to workflows',
        );
        await client.query(sql);
        assert.equal(head + (await dumpSchema(scratch.url)), sql);
      } finally {
        await client.end();
      }
    });
  });
}

import assert from 'node:assert/strict';
import { openClient } from './open-client.ts';
import { statementsOf } from './statements-of.ts';

interface Explained {
  readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number };
}

/**
 * How many blocks of 8 KiB PostgreSQL touches for the statements of a request, whatever its plans are, and also inside of
 * functions. Each statement is run again under `explain analyze`, and rolled back.
 */
export async function blocksRead(url: string, request: () => Promise<unknown>): Promise<number> {
  const statements = await statementsOf(request);
  const client = await openClient(url);
  const explain = async (text: string, values: unknown[]) => {
    await client.query('begin');
    const { rows } = await client.query<{ 'QUERY PLAN': Explained[] }>(
      `explain (analyze, buffers, format json) ${text}`,
      values,
    );
    await client.query('rollback');
    const { Plan: plan } = rows[0]?.['QUERY PLAN'][0] ?? assert.fail('there is no plan');
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  };
  try {
    let blocks = 0;
    for (const { text, values } of statements) {
      // The first time in a session the plans of functions are made, which reads hundreds of blocks of the catalogue.
      await explain(text, values);
      blocks += await explain(text, values);
    }
    return blocks;
  } finally {
    await client.end();
  }
}

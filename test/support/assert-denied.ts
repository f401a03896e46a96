import assert from 'node:assert/strict';
import pg from 'pg';

const INSUFFICIENT_PRIVILEGE = '42501';

/** Runs each statement in a transaction that is rolled back, and asserts that the role may not. */
export async function assertDenied(url: string, statements: readonly string[]): Promise<void> {
  const codes = await codesOf(url, statements);
  assert.deepEqual(
    codes,
    Object.fromEntries(statements.map((statement) => [statement, INSUFFICIENT_PRIVILEGE])),
  );
}

/** Runs each statement in a transaction that is rolled back, and asserts that the role may. */
export async function assertAllowed(url: string, statements: readonly string[]): Promise<void> {
  const codes = await codesOf(url, statements);
  assert.deepEqual(codes, Object.fromEntries(statements.map((statement) => [statement, 'done'])));
}

async function codesOf(url: string, statements: readonly string[]): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const codes: Record<string, unknown> = {};
  try {
    for (const statement of statements) {
      await client.query('begin');
      codes[statement] = await client.query(statement).then(
        () => 'done',
        (error: unknown) => (error as pg.DatabaseError).code,
      );
      await client.query('rollback');
    }
  } finally {
    await client.end();
  }
  return codes;
}

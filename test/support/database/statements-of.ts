import assert from 'node:assert/strict';
import { mock } from 'node:test';
import pg from 'pg';

export interface Statement {
  readonly database: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Runs a request, and returns the statements that it asked PostgreSQL. */
export async function statementsOf(request: () => Promise<unknown>): Promise<Statement[]> {
  const query = mock.method(pg.Client.prototype, 'query');
  await request().finally(() => query.mock.restore());
  const statements = query.mock.calls
    .map(({ arguments: [text, values], this: client }) => ({
      database: (client as pg.Client).database ?? '',
      text,
      values,
    }))
    // Those that prepare a session have no values.
    .filter(({ values }) => values !== undefined) as unknown as Statement[];
  assert.ok(statements.length > 0, 'the request asked nothing');
  return statements;
}

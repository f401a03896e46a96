import assert from 'node:assert/strict';
import { mock } from 'node:test';
import pg from 'pg';

export interface Statement {
  readonly database: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Runs a request, and returns the statements that it asked PostgreSQL, but for those that begin and end transactions. */
export async function statementsOf(request: () => Promise<unknown>): Promise<Statement[]> {
  const query = mock.method(pg.Client.prototype, 'query');
  await request().finally(() => query.mock.restore());
  const statements = query.mock.calls.flatMap(({ arguments: [asked], this: client }) =>
    // Those that prepare a session are texts.
    isStatement(asked) && !/^(?:start transaction|begin|commit|rollback)/.test(asked.text)
      ? [{ database: (client as pg.Client).database ?? '', text: asked.text, values: asked.values }]
      : [],
  );
  assert.ok(statements.length > 0, 'the request asked nothing');
  return statements;
}

function isStatement(asked: unknown): asked is { text: string; values: unknown[] } {
  return typeof asked === 'object' && asked !== null && 'values' in asked;
}

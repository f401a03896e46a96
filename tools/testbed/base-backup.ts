import { chown, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { userForPostgres } from '#tools/stack/components/postgres-user.ts';

export type Owner = Awaited<ReturnType<typeof userForPostgres>>;

/** Copies a running server: what pg_basebackup does, which the npm package lacks. */
export async function takeBaseBackup(
  { url, folder }: { readonly url: string; readonly folder: string },
  to: string,
  owner: Owner,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select pg_backup_start('a base backup', fast => true)`);
    await copyFolder(folder, to, owner);
    const { rows } = await client.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(wait_for_archive => false)',
    );
    await writeServerFiles(to, owner, { backup_label: rows[0]?.label ?? '' });
  } finally {
    await client.end();
  }
}

/** Writes files into a server's folder, as its own. */
export async function writeServerFiles(
  folder: string,
  owner: Owner,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    if (owner) await chown(file, owner.uid, owner.gid);
  }
}

export interface Recovery {
  /** That {@link takeBaseBackup} made. */
  readonly backup: string;
  /** Where the server kept its write-ahead log. */
  readonly archive: string;
  /** In the words of PostgreSQL. What was committed until then is recovered. */
  readonly moment: string;
}

/** Makes the folder of a server that, once it starts, recovers to a moment and serves from there. */
export async function prepareRecovery(
  folder: string,
  { backup, archive, moment }: Recovery,
  owner: Owner,
): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  await copyFolder(backup, folder, owner);
  await writeServerFiles(folder, owner, {
    'recovery.signal': '',
    'postgresql.auto.conf': [
      `restore_command = 'cp "${archive}/%f" "%p"'`,
      `recovery_target_time = '${moment}'`,
      `recovery_target_action = 'promote'`,
      '',
    ].join('\n'),
  });
}

/** What a server makes for itself, by PostgreSQL's documentation of a low-level base backup. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts']);
const EMPTIED = new Set(['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots']);

async function copyFolder(from: string, to: string, owner: Owner): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  if (owner) await chown(to, owner.uid, owner.gid);
  const entries = EMPTIED.has(path.basename(from)) ? [] : await readdir(from, { withFileTypes: true });
  for (const entry of entries) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target, owner);
    else if (!LEFT_OUT.has(entry.name)) await copyIfThere(source, target, owner);
  }
}

/** A file may be removed since it was listed. */
async function copyIfThere(from: string, to: string, owner: Owner): Promise<void> {
  try {
    await copyFile(from, to);
    if (owner) await chown(to, owner.uid, owner.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

import { chown, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { userForPostgres } from '#tools/stack/components/postgres-user.ts';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { prepareRecovery, takeBaseBackup } from '#tools/testbed/base-backup.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

/** A base backup of both databases, and the write-ahead log since. */
export interface Archive {
  readonly backup: string;
  readonly archive: string;
}

/** Has PostgreSQL archive its log, and takes a base backup. Sessions are ended for that, which services take for an outage. */
export async function startArchive(system: System, name: string): Promise<Archive> {
  const owner = await userForPostgres();
  const [backup, archive] = ['backup', 'archive'].map((what) =>
    path.join(system.settings.data, `${name}-${what}`),
  );
  if (backup === undefined || archive === undefined) throw new Error('a folder has no name');
  await mkdir(archive, { mode: 0o700 });
  if (owner) await chown(archive, owner.uid, owner.gid);
  await ask(system, `alter system set archive_mode = 'on'`);
  await ask(system, `alter system set archive_command = 'cp "%p" "${archive}/%f"'`);
  await system.postgres.terminate();
  await system.postgres.start();
  await takeBaseBackup({ url: system.postgres.url, folder: folderOf(system) }, backup, owner);
  await system.repair();
  return { backup, archive };
}

/** The time now, after everything that is committed. */
export async function momentOf(system: System): Promise<string> {
  const [row] = await ask<{ now: string }>(system, 'select clock_timestamp()::text as now');
  return row?.now ?? '';
}

/** Waits until all that was written so far can be recovered. */
export async function untilArchived(system: System): Promise<void> {
  const [row] = await ask<{ file: string }>(system, 'select pg_walfile_name(pg_switch_wal()) as file');
  await eventually('the log to be archived', async () => {
    const [archived] = await ask<{ done: boolean }>(
      system,
      `select last_archived_wal >= '${row?.file}' as done from pg_stat_archiver`,
    );
    return archived?.done ?? false;
  });
}

/** The server is lost, and both databases come back as they were at a moment. Services should not run meanwhile. */
export async function recover(system: System, archive: Archive, moment: string): Promise<void> {
  await system.postgres.kill('SIGQUIT');
  await prepareRecovery(folderOf(system), { ...archive, moment }, await userForPostgres());
  await system.postgres.start();
  await eventually(
    'the recovery to end',
    async () => {
      const [row] = await ask<{ done: boolean }>(system, 'select not pg_is_in_recovery() as done');
      return row?.done ?? false;
    },
    { within: 60_000 },
  );
}

/** Temporal is as it was when it was new. */
export async function loseTemporal({ temporal, settings, temporalAddress }: System): Promise<void> {
  await temporal.kill();
  await rm(path.join(settings.data, 'temporal'), { recursive: true, force: true });
  await temporal.start();
  await configureTemporal({ address: temporalAddress });
}

function folderOf({ settings }: System): string {
  return path.join(settings.data, 'postgres');
}

async function ask<Row extends pg.QueryResultRow>({ settings }: System, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: superuserUrl(settings), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

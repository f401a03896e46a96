import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { userForPostgres } from '#tools/stack/components/postgres-user.ts';
import { startPostgres } from '#tools/stack/components/postgres.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { takeBaseBackup, writeServerFiles } from './base-backup.ts';
import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import { eventually } from './eventually.ts';
import { openLink } from './tcp-proxy.ts';

/** One server of a pair. */
export interface Server {
  readonly component: Component;
  readonly port: number;
  readonly folder: string;
  /** Runs statements, as superuser. @returns the rows of the last one */
  run<Row extends pg.QueryResultRow>(...statements: string[]): Promise<Row[]>;
}

/**
 * A primary and a standby that streams from it. Commits wait for the standby (`synchronous_standby_names`), so that a
 * failover loses nothing that was acknowledged. The system's POSTGRES_PORT, which only tools use, leads to the primary.
 */
export interface PostgresPair extends AsyncDisposable {
  readonly primary: Server;
  readonly standby: Server;
  /** Makes the standby the primary. Its commits wait for no standby. @returns the old primary, which is left as it is */
  promote(): Promise<Server>;
  /** After a promotion: ends the old primary, makes another standby, and has commits wait for it. */
  replace(old: Server): Promise<void>;
}

/**
 * A standby that is made under load must find all that was written since its copy began. It comes back soon after its primary
 * did, since commits wait for it: 5 s by default.
 */
const SERVER_SETTINGS = { wal_keep_size: '512MB', wal_retrieve_retry_interval: '500ms' };

/** In ms. */
const STREAMS_WITHIN = 60_000;

/** @param keep is told of each server that is started */
export async function startPostgresPair(
  settings: Settings,
  firstPort: number,
  keep: (server: Component) => Component,
): Promise<PostgresPair> {
  let count = 0;

  async function start(port: number, primary?: Server): Promise<Server> {
    count += 1;
    const name = count === 1 ? 'postgres' : `postgres-${count}`;
    const folder = path.join(settings.data, name);
    if (primary) await copyServer(settings, primary, folder);
    const launch = async () => startPostgres(settings, { name, port, settings: SERVER_SETTINGS });
    const component = keep(await startComponent(launch));
    return { component, port, folder, run: async (...statements) => runAt(component.url, statements) };
  }

  async function startStandby(primary: Server): Promise<Server> {
    const [port = 0] = await findFreePorts(1);
    const standby = await start(port, primary);
    await primary.run(`alter system set synchronous_standby_names = '*'`, 'select pg_reload_conf()');
    const streams = async () =>
      (await primary.run(`select from pg_stat_replication where sync_state = 'sync'`)).length > 0;
    await eventually('the standby to stream', streams, { within: STREAMS_WITHIN });
    return standby;
  }

  let primary = await start(firstPort);
  let standby = await startStandby(primary);
  const toPrimary = await openLink(firstPort, settings.ports.POSTGRES_PORT);
  return {
    get primary() {
      return primary;
    },
    get standby() {
      return standby;
    },
    async promote() {
      await standby.run('select pg_promote(wait => true, wait_seconds => 60)');
      const old = primary;
      primary = standby;
      toPrimary.lead(primary.port);
      await toPrimary.cut();
      await toPrimary.heal();
      return old;
    },
    async replace(old) {
      if (!old.component.ended()) await old.component.kill('SIGQUIT');
      // After a kill -9 of the server its sessions live on for a moment.
      await rm(old.folder, { recursive: true, force: true, maxRetries: 10 });
      standby = await startStandby(primary);
    },
    [Symbol.asyncDispose]: async () => toPrimary[Symbol.asyncDispose](),
  };
}

async function runAt<Row extends pg.QueryResultRow>(
  connectionString: string,
  statements: readonly string[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** Makes a standby's folder from a running server. */
async function copyServer(settings: Settings, from: Server, folder: string): Promise<void> {
  const owner = await userForPostgres();
  await takeBaseBackup({ url: from.component.url, folder: from.folder }, folder, owner);
  const primary = `host=${LOOPBACK} port=${from.port} user=postgres password=${readSecrets(settings).postgres}`;
  await writeServerFiles(folder, owner, {
    'standby.signal': '',
    // The primary's own would have the standby wait for one when it is promoted.
    'postgresql.auto.conf': `primary_conninfo = '${primary}'\n`,
  });
}

import { Client, escapeIdentifier } from 'pg';
import { createDatabases } from '#deploy/create-databases.ts';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import type { System } from '#tools/testbed/system.ts';

type Backup = (system: System, database: 'orders' | 'payments') => Promise<void>;

/** Keeps a database as it is now, instead of the last time. Its sessions are ended for that, which the services take for an outage. */
export const backUp: Backup = async (system, database) =>
  asSuperuser(system, async (client) => {
    await client.query(`drop database if exists ${escapeIdentifier(backupOf(database))}`);
    await copy(client, database, { to: backupOf(database) });
    await client.query(`alter database ${escapeIdentifier(database)} allow_connections true`);
  });

/** Puts a database back to where {@link backUp} kept it, under the services that use it. */
export const restore: Backup = async (system, database) => {
  await asSuperuser(system, async (client) => {
    await close(client, database);
    await client.query(`drop database ${escapeIdentifier(database)}`);
    await copy(client, backupOf(database), { to: database });
    await client.query(`alter database ${escapeIdentifier(database)} owner to ${escapeIdentifier(database)}`);
  });
  await createDatabases(superuserUrl(system.settings), system.secrets);
};

function backupOf(database: string): string {
  return `${database}_backup`;
}

async function copy(client: Client, from: string, { to }: { to: string }): Promise<void> {
  await close(client, from);
  await client.query(`create database ${escapeIdentifier(to)} template ${escapeIdentifier(from)}`);
}

/** Nobody may use a database while it is copied or dropped. */
async function close(client: Client, database: string): Promise<void> {
  await client.query(`alter database ${escapeIdentifier(database)} allow_connections false`);
  await client.query('select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1', [
    database,
  ]);
}

async function asSuperuser(system: System, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: superuserUrl(system.settings) });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { toOutage } from '#platform/postgres/session.ts';
import { OutageError } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { scramVerifier } from './scram-verifier.ts';
import { SetUpError } from './set-up-error.ts';

type Role = 'orders' | 'payments' | 'workflows' | 'temporal';

const DATABASES = [
  { name: 'orders', owner: 'orders', visitors: ['workflows'] },
  { name: 'payments', owner: 'payments', visitors: ['workflows'] },
  { name: 'temporal', owner: 'temporal', visitors: [] },
  { name: 'temporal_visibility', owner: 'temporal', visitors: [] },
] as const;

type Passwords = Record<Exclude<Role, 'temporal'>, string> & { temporal?: string };

/** How long a server may still recover, in ms: less than a job of the chart may take. And how often it is asked, in ms. */
const RECOVERY = 240_000;
const EVERY = 500;

interface CreateDatabasesOptions {
  /** Is told what is waited for. */
  readonly say?: (line: string) => void;
  /** How long a server may still recover, in ms; other than the usual in tests. */
  readonly recovery?: number;
}

/**
 * Makes the databases and the roles that log in to them, or brings them in line. Safe to repeat. Each service owns its
 * database. `workflows` may connect to both, and the owners' migrations grant what it may do there. A password for
 * `temporal` adds the databases of a Temporal server. Instead of a superuser, a role with `createrole` and `createdb`
 * suffices, as managed PostgreSQL offers it.
 * @throws SetUpError when PostgreSQL cannot be reached, refuses, or is still in recovery
 */
export async function createDatabases(
  superuserUrl: string,
  passwords: Passwords,
  { say = console.log, recovery = RECOVERY }: CreateDatabasesOptions = {},
): Promise<void> {
  const client = new Client({ connectionString: superuserUrl, connectionTimeoutMillis: 5000 });
  const server = `PostgreSQL at ${client.host}:${client.port}`;
  // A connection that breaks also fails the statement under way.
  client.on('error', () => {});
  try {
    await client.connect();
    await untilRecovered(client, server, { say, recovery });
    await bringInLine(client, passwords);
  } catch (error) {
    if (error instanceof SetUpError) throw error;
    const fault = toOutage(error);
    if (!(fault instanceof DatabaseError || fault instanceof OutageError)) throw fault;
    throw new SetUpError(`${server}: ${describeError(fault)}`, { cause: fault });
  } finally {
    await client.end();
  }
}

/** A server that recovers, as after a restore, answers before it accepts writes. So does a standby, for as long as it is one. */
async function untilRecovered(
  client: Client,
  server: string,
  { say, recovery }: Required<CreateDatabasesOptions>,
): Promise<void> {
  const limit = `${recovery / 1_000} s`;
  const deadline = performance.now() + recovery;
  for (let hasSaid = false; ; hasSaid = true) {
    const { rows } = await client.query<{ done: boolean }>('select not pg_is_in_recovery() as done');
    if (rows[0]?.done) return;
    if (performance.now() > deadline)
      throw new SetUpError(`${server}: it is still in recovery after ${limit}, unless it is a standby`);
    if (!hasSaid) say(`${server} is in recovery: waiting until it accepts writes, for ${limit} at most`);
    await sleep(EVERY);
  }
}

async function bringInLine(client: Client, passwords: Passwords): Promise<void> {
  const namesIn = async (table: 'pg_roles' | 'pg_database', column: 'rolname' | 'datname') =>
    new Set(
      (await client.query<{ name: string }>(`select ${column} as name from ${table}`)).rows.map(
        ({ name }) => name,
      ),
    );

  // Without it, a role that is no superuser could not give a database to the role that it has made.
  await client.query(`set createrole_self_grant = 'set, inherit'`);
  const presentRoles = await namesIn('pg_roles', 'rolname');
  for (const role of ['orders', 'payments', 'workflows', 'temporal'] as const) {
    const password = passwords[role];
    if (password === undefined) continue;
    const verb = presentRoles.has(role) ? 'alter' : 'create';
    const verifier = escapeLiteral(scramVerifier(password));
    await client.query(`${verb} role ${escapeIdentifier(role)} login password ${verifier}`);
  }

  const presentDatabases = await namesIn('pg_database', 'datname');
  for (const { name, owner, visitors } of DATABASES) {
    if (passwords[owner] === undefined) continue;
    const database = escapeIdentifier(name);
    if (!presentDatabases.has(name)) {
      await client.query(`create database ${database} owner ${escapeIdentifier(owner)}`);
    }
    await client.query(`revoke connect, temporary on database ${database} from public`);
    for (const visitor of visitors) {
      await client.query(`grant connect on database ${database} to ${escapeIdentifier(visitor)}`);
    }
  }
  await client.query('revoke connect on database postgres from public');
}

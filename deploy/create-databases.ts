import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { scramVerifier } from './scram-verifier.ts';

type Role = 'orders' | 'payments' | 'workflows' | 'temporal';

const DATABASES = [
  { name: 'orders', owner: 'orders', visitors: ['workflows'] },
  { name: 'payments', owner: 'payments', visitors: ['workflows'] },
  { name: 'temporal', owner: 'temporal', visitors: [] },
  { name: 'temporal_visibility', owner: 'temporal', visitors: [] },
] as const;

/**
 * Makes the databases and the roles that log in to them, or brings them in line. Safe to repeat. Each service owns its
 * database. `workflows` may connect to both, and the owners' migrations grant what it may do there. A password for
 * `temporal` adds the databases of a Temporal server. Instead of a superuser, a role with `createrole` and `createdb`
 * suffices, as managed PostgreSQL offers it.
 */
export async function createDatabases(
  superuserUrl: string,
  passwords: Record<Exclude<Role, 'temporal'>, string> & { temporal?: string },
): Promise<void> {
  const client = new Client({ connectionString: superuserUrl, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
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
  } finally {
    await client.end();
  }
}

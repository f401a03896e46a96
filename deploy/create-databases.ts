import { Client, escapeIdentifier, escapeLiteral } from 'pg';

type Role = 'orders' | 'payments' | 'workflows' | 'temporal';

const DATABASES = [
  { name: 'orders', owner: 'orders', visitors: ['workflows'] },
  { name: 'payments', owner: 'payments', visitors: ['workflows'] },
  { name: 'temporal', owner: 'temporal', visitors: [] },
  { name: 'temporal_visibility', owner: 'temporal', visitors: [] },
] as const;

/**
 * Makes the databases and the roles that log in to them, or brings them in line; safe to repeat. Each service owns its
 * database; `workflows` may connect to both, and what it may touch there is granted by the owners' migrations. With a
 * password for `temporal` also the databases of a Temporal server. The superuser may as well be a role that may create
 * roles and databases, as managed PostgreSQL gives it.
 */
export async function createDatabases(
  superuserUrl: string,
  passwords: Record<Exclude<Role, 'temporal'>, string> & { temporal?: string },
): Promise<void> {
  const client = new Client({ connectionString: superuserUrl, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    const there = async (table: 'pg_roles' | 'pg_database', column: 'rolname' | 'datname') =>
      new Set(
        (await client.query<{ name: string }>(`select ${column} as name from ${table}`)).rows.map(
          ({ name }) => name,
        ),
      );

    // Whoever is no superuser may only then give a database to the role that he has made.
    await client.query(`set createrole_self_grant = 'set, inherit'`);
    const presentRoles = await there('pg_roles', 'rolname');
    for (const role of ['orders', 'payments', 'workflows', 'temporal'] as const) {
      const password = passwords[role];
      if (password === undefined) continue;
      const verb = presentRoles.has(role) ? 'alter' : 'create';
      await client.query(`${verb} role ${escapeIdentifier(role)} login password ${escapeLiteral(password)}`);
    }

    const presentDatabases = await there('pg_database', 'datname');
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

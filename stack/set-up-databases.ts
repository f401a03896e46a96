import { Client, escapeIdentifier, escapeLiteral } from 'pg';

const databases = ['orders', 'payments'] as const;
const roles = ['orders', 'payments', 'workflows'] as const;

/**
 * Makes the databases and the roles that log in to them, or brings them in line; safe to repeat. Each service owns its
 * database; `workflows` may connect to both, and what it may touch there is granted by the owners' migrations.
 */
export async function setUpDatabases(
  superuserUrl: string,
  passwords: Record<(typeof roles)[number], string>,
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

    const presentRoles = await there('pg_roles', 'rolname');
    for (const role of roles) {
      const verb = presentRoles.has(role) ? 'alter' : 'create';
      await client.query(
        `${verb} role ${escapeIdentifier(role)} login password ${escapeLiteral(passwords[role])}`,
      );
    }

    const presentDatabases = await there('pg_database', 'datname');
    for (const database of databases) {
      const name = escapeIdentifier(database);
      if (!presentDatabases.has(database)) await client.query(`create database ${name} owner ${name}`);
      await client.query(`revoke connect, temporary on database ${name} from public`);
      await client.query(`grant connect on database ${name} to workflows`);
    }
    await client.query('revoke connect on database postgres from public');
  } finally {
    await client.end();
  }
}

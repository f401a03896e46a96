import { chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { userForPostgres } from '#tools/stack/components/postgres-user.ts';
import { startPostgres, superuserUrl } from '#tools/stack/components/postgres.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { startComponent } from '#tools/testbed/component.ts';
import type { Component } from '#tools/testbed/component.ts';
import type { Authority, Identity } from './certificates.ts';

/** All roles but the superuser, which the tools use, must come by TLS, and `certified` with a client certificate too. */
const HBA = `
  host all postgres ${LOOPBACK}/32 scram-sha-256
  hostssl all certified ${LOOPBACK}/32 scram-sha-256 clientcert=verify-ca
  hostssl all all ${LOOPBACK}/32 scram-sha-256
`;

export interface SecurePostgres {
  readonly component: Component;
  /** Has it show another certificate to those that connect from now on, as when one is renewed. */
  present(identity: Identity): Promise<void>;
}

/** A real server that takes the roles of the services by TLS alone. */
export async function startSecurePostgres(
  settings: Settings,
  authority: Authority,
  identity: Identity,
): Promise<SecurePostgres> {
  const port = settings.ports.POSTGRES_PORT;
  const folder = path.join(settings.data, 'postgres-tls');
  const user = await userForPostgres();
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const write = async (name: string, text: string) => {
    const file = path.join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    if (user) await chown(file, user.uid, user.gid);
    return file;
  };
  const show = async ({ cert, key }: Identity) => ({
    ssl_cert_file: await write('server.crt', cert),
    ssl_key_file: await write('server.key', key),
  });
  const server = {
    name: 'postgres',
    port,
    settings: {
      ssl: 'on',
      ssl_ca_file: await write('clients.crt', authority.cert),
      hba_file: await write('pg_hba.conf', HBA),
      ...(await show(identity)),
    },
  };
  return {
    component: await startComponent(async () => startPostgres(settings, server)),
    async present(other) {
      await show(other);
      const client = new pg.Client({ connectionString: superuserUrl(settings) });
      await client.connect();
      await client.query('select pg_reload_conf()');
      await client.end();
    },
  };
}

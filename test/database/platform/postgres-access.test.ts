import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase, probeDatabase } from '#platform/postgres/database.ts';
import { listen } from '#platform/postgres/listen.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createAuthority } from '#test/support/access/certificates.ts';
import type { Authority, Identity } from '#test/support/access/certificates.ts';
import { startSecurePostgres } from '#test/support/access/secure-postgres.ts';
import type { SecurePostgres } from '#test/support/access/secure-postgres.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openHome } from '#test/support/open-home.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const PASSWORD = 'the-password-of-the-roles';
const LOG = createLogger('test', 'silent');

describe('PostgreSQL behind TLS', function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(path.join(tmpdir(), 'gozon-'));
  let postgres: SecurePostgres;
  let servers: Record<'good' | 'expired' | 'misnamed', Identity>;
  let port: string;
  let files: Record<'ca' | 'another', string>;
  let certificates: Record<'good' | 'expired' | 'stranger', string>;

  before(async () => {
    stack.defer(() => rmSync(folder, { recursive: true }));
    const write = (name: string, text: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const certificate = async (authority: Authority, name: string, expired = false) => {
      const { cert, key } = await authority.issue('certified', { expired });
      return `&sslcert=${write(`${name}.crt`, cert)}&sslkey=${write(`${name}.key`, key)}`;
    };
    const authority = await createAuthority('Authority of tests');
    const another = await createAuthority('Another authority');
    const names = ['localhost'];
    servers = {
      good: await authority.issue('postgres', { names }),
      expired: await authority.issue('postgres', { names, expired: true }),
      misnamed: await authority.issue('postgres', { names: ['db.example'] }),
    };
    files = { ca: write('ca.crt', authority.cert), another: write('another.crt', another.cert) };
    certificates = {
      good: await certificate(authority, 'good'),
      expired: await certificate(authority, 'expired', true),
      stranger: await certificate(another, 'stranger'),
    };
    const settings = await openHome(stack);
    postgres = await startSecurePostgres(settings, authority, servers.good);
    stack.defer(async () => postgres.component.kill());
    ({ port } = new URL(postgres.component.url));
    const admin = new pg.Client({ connectionString: postgres.component.url });
    await admin.connect();
    for (const role of ['orders', 'certified']) {
      await admin.query(`create role ${role} login password '${PASSWORD}'`);
      await admin.query(`grant all on database postgres to ${role}`);
    }
    await admin.end();
  });

  after(async () => stack.disposeAsync());

  const url = (parameters: string, { role = 'orders', password = PASSWORD } = {}) =>
    `postgres://${role}:${password}@localhost:${port}/postgres?${parameters}`;
  const verified = () => `sslmode=verify-full&sslrootcert=${files.ca}`;
  const open = (to: string) => openDatabase({ url: to, name: 'test', log: LOG });

  const good: [title: string, to: () => string][] = [
    ['its authority to trust', () => url(verified())],
    [
      'a client certificate where one is asked for',
      () => url(verified() + certificates.good, { role: 'certified' }),
    ],
  ];
  for (const [title, to] of good) {
    it(`serves queries and hints with ${title}`, async () => {
      await postgres.present(servers.good);
      await using db = open(to());
      const { rows } = await sql<{ ssl: boolean }>`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
      assert.deepEqual(rows, [{ ssl: true }]);
      let hints = 0;
      await using _listening = listen({
        url: to(),
        name: 'test',
        channel: 'a_channel',
        log: LOG,
        onHint: () => (hints += 1),
      });
      await eventually('a hint', async () => {
        await sql`notify a_channel`.execute(db);
        // The first is that it listens.
        return hints > 1;
      });
    });
  }

  const untrusted = /^the certificate of the server is signed by an authority that is not trusted here$/;
  const bad: [title: string, server: keyof typeof servers, to: () => string, reason: RegExp][] = [
    [
      'another authority to trust',
      'good',
      () => url(`sslmode=verify-full&sslrootcert=${files.another}`),
      untrusted,
    ],
    ['the usual authorities to trust', 'good', () => url('sslmode=verify-full'), untrusted],
    [
      'a server whose certificate has expired',
      'expired',
      () => url(verified()),
      /^the certificate of the server has expired$/,
    ],
    [
      'a server of another name',
      'misnamed',
      () => url(verified()),
      /^the certificate of the server is for another name$/,
    ],
    [
      'a wrong password',
      'good',
      () => url(verified(), { password: 'another-password' }),
      /^password authentication failed for user "orders"$/,
    ],
    ['no TLS', 'good', () => url(''), /^no pg_hba.conf entry for host .*, no encryption$/],
    [
      'no client certificate',
      'good',
      () => url(verified(), { role: 'certified' }),
      /^connection requires a valid client certificate$/,
    ],
    [
      'a client certificate that has expired',
      'good',
      () => url(verified() + certificates.expired, { role: 'certified' }),
      /^the server refuses the client certificate: it has expired$/,
    ],
    [
      'a client certificate of another authority',
      'good',
      () => url(verified() + certificates.stranger, { role: 'certified' }),
      /^the server refuses the client certificate: it does not trust its authority$/,
    ],
    [
      'TLS where there is none',
      'good',
      () => `${infrastructure().superuserUrl}?${verified()}`,
      /^The server does not support SSL connections$/,
    ],
  ];
  for (const [title, server, to, reason] of bad) {
    it(`is an outage, which says why, with ${title}`, async () => {
      await postgres.present(servers[server]);
      await using db = open(to());
      await eventually('it to say why', async () => {
        await assert.rejects(probeDatabase(db), (error) => {
          assert.match(describeError(error), reason);
          assert.ok(isOutage(error));
          return true;
        });
        return true;
      });
    });
  }

  it('serves again once its certificate is renewed, and nothing is started again', async () => {
    await using db = open(url(verified()));
    await postgres.present(servers.expired);
    await eventually('the outage', async () => {
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(db).catch(() => {});
      await assert.rejects(probeDatabase(db), /has expired/);
      return true;
    });
    await postgres.present(servers.good);
    await eventually('the end of the outage', async () => probeDatabase(db).then(() => true));
  });
});

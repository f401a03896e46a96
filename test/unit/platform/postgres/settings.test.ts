import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { readConfig } from '#platform/process/config.ts';
import { createAuthority } from '#test/support/access/certificates.ts';

describe('the URL of a database', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gozon-'));
  let files: Record<'ca' | 'cert' | 'key' | 'otherKey' | 'garbage', string>;

  before(async () => {
    const write = (name: string, text: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const authority = await createAuthority('Authority of tests');
    const one = await authority.issue('orders');
    files = {
      ca: write('ca.crt', authority.cert),
      cert: write('client.crt', one.cert),
      key: write('client.key', one.key),
      otherKey: write('other.key', (await authority.issue('orders')).key),
      garbage: write('garbage', 'hunter2'),
    };
  });

  after(() => rmSync(folder, { recursive: true }));

  const readUrl = (DATABASE_URL: string) =>
    readConfig(z.object({ DATABASE_URL: databaseUrl }), { DATABASE_URL });
  const read = (parameters: string) => readUrl(`postgres://orders:hunter2@db.example/orders${parameters}`);

  it('takes TLS as libpq tells it', () => {
    read('');
    read('?sslmode=disable');
    read('?sslmode=verify-full');
    read(`?sslmode=verify-full&sslrootcert=${files.ca}&sslcert=${files.cert}&sslkey=${files.key}`);
  });

  const refused: [title: string, parameters: () => string, fault: string][] = [
    [
      'a mode that there is not, which the driver would take for another',
      () => '?sslmode=verify_full',
      'its sslmode must be disable, no-verify, prefer, require, verify-ca, verify-full',
    ],
    [
      'an authority that is not there',
      () => '?sslmode=verify-full&sslrootcert=/hunter2',
      'its sslrootcert must be the path of a certificate in PEM: there is no such file',
    ],
    [
      'a file that is no certificate',
      () => `?sslcert=${files.garbage}&sslkey=${files.key}`,
      'its sslcert must be the path of a certificate in PEM',
    ],
    [
      'a file that is no key',
      () => `?sslcert=${files.cert}&sslkey=${files.garbage}`,
      'its sslkey must be the path of a private key in PEM without a passphrase',
    ],
    [
      'a certificate without its key',
      () => `?sslcert=${files.cert}`,
      'its sslcert and sslkey are of no use without each other',
    ],
    [
      'the key of another certificate',
      () => `?sslcert=${files.cert}&sslkey=${files.otherKey}`,
      'its sslkey is not the key of its sslcert',
    ],
  ];
  for (const [title, parameters, fault] of refused) {
    it(`is refused with ${title}`, () => {
      assert.throws(() => read(parameters()), {
        name: 'ConfigError',
        message: `Settings are wrong. DATABASE_URL: ${fault}.`,
      });
    });
  }

  for (const password of [
    'hun/ter2',
    '12/hunter2',
    'hun#ter2',
    '12#hunter2',
    'hun?ter2',
    '12?hunter2',
    'a@b/hunter2',
  ]) {
    it(`is refused with the password ${password}, which must be percent-encoded`, () => {
      assert.throws(() => readUrl(`postgres://orders:${password}@db.example/orders`), {
        name: 'ConfigError',
        message:
          'Settings are wrong. DATABASE_URL: must be postgres://user:password@host:port/database, whose user and password must be percent-encoded.',
      });
      readUrl(`postgres://orders:${encodeURIComponent(password)}@db.example/orders`);
    });
  }

  for (const url of [
    'postgres:///orders?host=/run/postgresql',
    'postgres://orders@db.example',
    'postgresql://db:5432/',
  ]) {
    it(`may be ${url}`, () => void readUrl(url));
  }
});

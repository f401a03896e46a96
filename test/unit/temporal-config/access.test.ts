import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { readConfig } from '#platform/process/config.ts';
import { temporalAccess, temporalSettings } from '#temporal-config/access.ts';
import { createAuthority } from '#test/support/access/certificates.ts';
import type { Identity } from '#test/support/access/certificates.ts';

const TEMPORAL_ADDRESS = 'temporal.example:7233';

describe('the access to Temporal', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gozon-'));
  let ca: string;
  let client: Identity;
  let other: Identity;
  let files: Record<'ca' | 'cert' | 'key' | 'otherKey' | 'garbage', string>;

  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const access = (told: Record<string, string>) => {
    const environment = { TEMPORAL_ADDRESS, ...told };
    return temporalAccess(readConfig(z.object(temporalSettings), environment), environment);
  };

  before(async () => {
    const authority = await createAuthority('Authority of tests');
    ca = authority.cert;
    client = await authority.issue('workflows');
    other = await authority.issue('workflows');
    files = {
      ca: write('ca.pem', ca),
      cert: write('client.pem', client.cert),
      key: write('client.key', client.key),
      otherKey: write('other.key', other.key),
      garbage: write('garbage.pem', 'hunter2'),
    };
  });

  after(() => rmSync(folder, { recursive: true }));

  const wholeTls = () => ({
    serverNameOverride: 'temporal',
    serverRootCACertificate: new Uint8Array(Buffer.from(ca)),
    clientCertPair: {
      crt: new Uint8Array(Buffer.from(client.cert)),
      key: new Uint8Array(Buffer.from(client.key)),
    },
  });

  it('is plain by default, in the namespace gozon', () => {
    assert.deepEqual(access({}), { namespace: 'gozon', access: { address: TEMPORAL_ADDRESS, tls: false } });
  });

  it('takes certificates by path', () => {
    const { tls } = access({
      TEMPORAL_TLS_SERVER_NAME: 'temporal',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
      TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
    }).access;
    assert.deepEqual(tls, wholeTls());
  });

  it('takes certificates themselves', () => {
    const { tls } = access({
      TEMPORAL_TLS_SERVER_NAME: 'temporal',
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: ca,
      TEMPORAL_TLS_CLIENT_CERT_DATA: client.cert,
      TEMPORAL_TLS_CLIENT_KEY_DATA: client.key,
    }).access;
    assert.deepEqual(tls, wholeTls());
  });

  it('takes the names of the release before, and warns with the new ones', async () => {
    const warned = once(process, 'warning');
    const { tls } = access({
      TEMPORAL_TLS_SERVER_NAME: 'temporal',
      TEMPORAL_TLS_CA: files.ca,
      TEMPORAL_TLS_CERT: files.cert,
      TEMPORAL_TLS_KEY: files.key,
    }).access;
    assert.deepEqual(tls, wholeTls());
    const [{ name, message }] = (await warned) as [Error];
    assert.deepEqual(
      { name, message },
      {
        name: 'DeprecationWarning',
        message:
          'TEMPORAL_TLS_CA is called TEMPORAL_TLS_SERVER_CA_CERT_PATH now; the next release does not read it',
      },
    );
  });

  it('is TLS with an API key, unless it is told not to be', () => {
    assert.deepEqual(access({ TEMPORAL_API_KEY: 'a-key' }).access, {
      address: TEMPORAL_ADDRESS,
      tls: true,
      apiKey: 'a-key',
    });
    assert.equal(access({ TEMPORAL_API_KEY: 'a-key', TEMPORAL_TLS: 'false' }).access.tls, false);
    assert.deepEqual(access({ TEMPORAL_TLS: 'true' }).access.tls, {
      clientCertPair: undefined,
      serverNameOverride: undefined,
      serverRootCACertificate: undefined,
    });
  });

  it('remembers the file of an API key, which may change', () => {
    const apiKeyFile = write('api-key', 'a-key\n');
    assert.deepEqual(access({ TEMPORAL_API_KEY_FILE: apiKeyFile }).access, {
      address: TEMPORAL_ADDRESS,
      tls: true,
      apiKey: 'a-key',
      apiKeyFile,
    });
  });

  it('adds headers', () => {
    assert.deepEqual(access({ TEMPORAL_GRPC_META_TENANT: 'shop' }).access.metadata, { tenant: 'shop' });
  });

  const profiles = `
    [profile.default]
    address = "default.example:7233"
    [profile.cloud]
    address = "cloud.example:7233"
    namespace = "gozon.a1b2c"
    api_key = "key-of-the-profile"
    [profile.cloud.tls]
    server_name = "cloud"`;

  it('takes a profile of a file, and what the environment says first', () => {
    const TEMPORAL_CONFIG_FILE = write('temporal.toml', profiles);
    const environment = { TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'cloud' };
    const read = (told: Record<string, string>) =>
      temporalAccess(readConfig(z.object(temporalSettings), told), told);
    const fromFile = read(environment);
    assert.equal(fromFile.namespace, 'gozon.a1b2c');
    assert.equal(fromFile.access.address, 'cloud.example:7233');
    assert.equal(fromFile.access.apiKey, 'key-of-the-profile');
    assert.deepEqual(fromFile.access.tls, {
      clientCertPair: undefined,
      serverNameOverride: 'cloud',
      serverRootCACertificate: undefined,
    });
    assert.equal(read({ TEMPORAL_CONFIG_FILE }).access.address, 'default.example:7233');
    const told = read({ ...environment, TEMPORAL_ADDRESS, TEMPORAL_API_KEY: 'a-key' });
    assert.equal(told.access.address, TEMPORAL_ADDRESS);
    assert.equal(told.access.apiKey, 'a-key');
  });

  it('refuses the address of a profile that has no port', () => {
    const environment = {
      TEMPORAL_CONFIG_FILE: write('portless.toml', '[profile.default]\naddress = "temporal.internal"'),
    };
    assert.throws(
      () => temporalAccess(readConfig(z.object(temporalSettings), environment), environment),
      /TEMPORAL_CONFIG_FILE: has the address temporal\.internal, which must be host:port/,
    );
  });

  it('reads no file that it is not told of, such as one in the home directory', () => {
    mkdirSync(path.join(folder, '.config/temporalio'), { recursive: true });
    write('.config/temporalio/temporal.toml', profiles);
    const environment = { HOME: folder };
    assert.throws(() => temporalAccess(readConfig(z.object(temporalSettings), environment), environment), {
      name: 'ConfigError',
      message: 'Settings are wrong. TEMPORAL_ADDRESS: is required.',
    });
  });

  const refused: [title: string, told: () => Record<string, string>, message: RegExp][] = [
    [
      'a file that is no certificate, by the name of the release before',
      () => ({ TEMPORAL_TLS_CA: files.garbage }),
      /^TEMPORAL_TLS_CA: must be the path of a certificate in PEM$/,
    ],
    ['no address', () => ({ TEMPORAL_ADDRESS: '' }), /^TEMPORAL_ADDRESS: must be host:port$/],
    [
      'an address with a scheme',
      () => ({ TEMPORAL_ADDRESS: 'http://hunter2:7233' }),
      /^TEMPORAL_ADDRESS: must be host:port$/,
    ],
    [
      'an address with a path',
      () => ({ TEMPORAL_ADDRESS: 'hunter2/temporal:7233' }),
      /^TEMPORAL_ADDRESS: must be host:port$/,
    ],
    ['a value that is no flag', () => ({ TEMPORAL_TLS: 'yes' }), /^TEMPORAL_TLS: must be true or false$/],
    [
      'a certificate that is not there',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/hunter2' }),
      /^TEMPORAL_TLS_SERVER_CA_CERT_PATH: must be the path of a certificate in PEM: there is no such file$/,
    ],
    [
      'a file that is no certificate',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.garbage }),
      /^TEMPORAL_TLS_SERVER_CA_CERT_PATH: must be the path of a certificate in PEM$/,
    ],
    [
      'data that is no key',
      () => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: client.cert, TEMPORAL_TLS_CLIENT_KEY_DATA: 'hunter2' }),
      /^TEMPORAL_TLS_CLIENT_KEY_DATA: must be a private key in PEM without a passphrase$/,
    ],
    [
      'path and data',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca, TEMPORAL_TLS_SERVER_CA_CERT_DATA: ca }),
      /^TEMPORAL_TLS_SERVER_CA_CERT_DATA: must not be set beside TEMPORAL_TLS_SERVER_CA_CERT_PATH$/,
    ],
    [
      'a certificate without its key',
      () => ({ TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert }),
      /^TEMPORAL_TLS_CLIENT_KEY_PATH: is required with a client certificate$/,
    ],
    [
      'a key without its certificate',
      () => ({ TEMPORAL_TLS_CLIENT_KEY_PATH: files.key }),
      /^TEMPORAL_TLS_CLIENT_CERT_PATH: is required with a client key$/,
    ],
    [
      'the key of another certificate',
      () => ({ TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert, TEMPORAL_TLS_CLIENT_KEY_PATH: files.otherKey }),
      /^TEMPORAL_TLS_CLIENT_KEY_PATH: is not the key of the client certificate$/,
    ],
    [
      'certificates with TLS switched off',
      () => ({ TEMPORAL_TLS: 'false', TEMPORAL_TLS_SERVER_NAME: 'temporal' }),
      /^TEMPORAL_TLS: must not be false with TEMPORAL_TLS_SERVER_NAME$/,
    ],
    [
      'a host that is not verified, which the SDK would verify all the same',
      () => ({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }),
      /^TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: must not be set: the host is always verified/,
    ],
    [
      'a file of profiles that is not there',
      () => ({ TEMPORAL_CONFIG_FILE: '/hunter2' }),
      /^TEMPORAL_CONFIG_FILE: must be the path of a file that can be read$/,
    ],
    [
      'a profile of no file',
      () => ({ TEMPORAL_PROFILE: 'x' }),
      /^TEMPORAL_CONFIG_FILE: is required with TEMPORAL_PROFILE$/,
    ],
    [
      'a profile that the file lacks',
      () => ({ TEMPORAL_CONFIG_FILE: write('temporal.toml', profiles), TEMPORAL_PROFILE: 'none' }),
      /^TEMPORAL_CONFIG_FILE: cannot be used: Profile 'none' not found in config data$/,
    ],
    [
      'a file that is no TOML',
      () => ({ TEMPORAL_CONFIG_FILE: write('bad.toml', '[profile.default]\napi_key = hunter2"') }),
      /^TEMPORAL_CONFIG_FILE: is no TOML in line 2$/,
    ],
    [
      'a key of a profile that there is not',
      () => ({ TEMPORAL_CONFIG_FILE: write('unknown.toml', '[profile.default]\naddres = "hunter2"') }),
      /^TEMPORAL_CONFIG_FILE: cannot be used: Validation error: key\(s\) unrecognized in profile.default: addres$/,
    ],
  ];
  for (const [title, told, message] of refused) {
    it(`refuses ${title}, in one sentence that has no value`, () => {
      assert.throws(
        () => access(told()),
        (error: Error) => {
          assert.equal(error.name, 'ConfigError');
          const [, sentence = ''] = /^Settings are wrong\. (.*)\.$/s.exec(error.message) ?? [];
          assert.match(sentence, message);
          assert.doesNotMatch(sentence, /hunter2/);
          return true;
        },
      );
    });
  }
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { kafkaAccess, kafkaSettings } from '#platform/kafka/settings.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { ConfigError, readConfig, renamed } from '#platform/process/config.ts';
import { processSettings } from '#platform/process/process-settings.ts';
import { seconds } from '#platform/process/settings.ts';
import { temporalSettings } from '#temporal-config/access.ts';
import { createAuthority } from '#test/support/access/certificates.ts';

const settings = processSettings.extend({
  DATABASE_URL: databaseUrl,
  KAFKA_BROKERS: kafkaSettings.KAFKA_BROKERS,
  SWEEP_EVERY: seconds.default(30),
});

const good = {
  PORT: '8081',
  SERVICE_SECRET: 'a-secret-of-tests-only',
  DATABASE_URL: 'postgres://orders:hunter2@127.0.0.1/orders',
  KAFKA_BROKERS: 'one:9092,two:9092',
};

describe('readConfig', () => {
  it('reads settings, with their defaults', () => {
    assert.deepEqual(readConfig(settings, { ...good, UNRELATED: 'x' }), {
      ...good,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      PORT: 8081,
      SWEEP_EVERY: 30,
      DRAIN_SECONDS: 0,
      KAFKA_BROKERS: ['one:9092', 'two:9092'],
    });
  });

  it('names every variable that is missing, at once', () => {
    assert.throws(
      () => readConfig(settings, {}),
      (error) => {
        assert.ok(error instanceof ConfigError);
        for (const name of Object.keys(good)) assert.match(error.message, new RegExp(`${name}: `));
        return true;
      },
    );
  });

  const wrong: [name: string, value: string, rule: RegExp][] = [
    ['DATABASE_URL', 'mysql://root:hunter2@db/orders', /DATABASE_URL: must be a postgres:\/\/ URL/],
    ['DATABASE_URL', '', /DATABASE_URL: must be a postgres:\/\/ URL/],
    ['SERVICE_SECRET', 'hunter2', /SERVICE_SECRET: must have at least 16 characters/],
    ['KAFKA_BROKERS', 'hunter2', /KAFKA_BROKERS: must be host:port, comma-separated/],
    ['KAFKA_BROKERS', 'kafka://hunter2:9092', /KAFKA_BROKERS: must be host:port, comma-separated/],
    ['KAFKA_BROKERS', 'one:9092,hunter2:9092/', /KAFKA_BROKERS: must be host:port, comma-separated/],
    ['KAFKA_BROKERS', 'hunter2:9092, two:9092', /KAFKA_BROKERS: must be host:port, comma-separated/],
    ['PORT', 'hunter2', /PORT: must be a port, 0 to 65535/],
    ['PORT', '65536', /PORT: must be a port, 0 to 65535/],
    ['PORT', '', /PORT: must be a port, 0 to 65535/],
    ['LOG_LEVEL', 'hunter2', /LOG_LEVEL: /],
    ['DRAIN_SECONDS', '61', /DRAIN_SECONDS: must be seconds, 0 to 60/],
    ['SWEEP_EVERY', 'hunter2', /SWEEP_EVERY: must be seconds, above 0 and at most 86400/],
    ['SWEEP_EVERY', '0', /SWEEP_EVERY: must be seconds, above 0 and at most 86400/],
    ['SWEEP_EVERY', '86401', /SWEEP_EVERY: must be seconds, above 0 and at most 86400/],
  ];
  for (const [name, value, rule] of wrong) {
    it(`names ${name} when it is ${JSON.stringify(value)}, and does not repeat what it was`, () => {
      assert.throws(
        () => readConfig(settings, { ...good, [name]: value }),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, rule);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    });
  }

  const credentials = z.object({ ...kafkaSettings, ...temporalSettings });
  const addresses = { KAFKA_BROKERS: 'one:9092', TEMPORAL_ADDRESS: 'temporal:7233' };
  const sasl = {
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_USERNAME: 'orders',
    KAFKA_PASSWORD: 'hunter2',
  };
  for (const name of Object.keys(sasl)) {
    it(`names each setting that ${name} is of no use without`, () => {
      const others = Object.keys(sasl).filter((other) => other !== name);
      const half = {
        ...addresses,
        ...sasl,
        ...Object.fromEntries(others.map((other) => [other, undefined])),
      };
      const faults = others.map((other) => `${other}: is required with ${name}`).join('; ');
      assert.throws(() => readConfig(credentials, half), { message: `Settings are wrong. ${faults}.` });
    });
  }

  it('takes credentials that are whole, and none', () => {
    readConfig(credentials, addresses);
    readConfig(credentials, { ...addresses, ...sasl });
  });

  it('takes a client certificate for Kafka with its own key only', async () => {
    const authority = await createAuthority('Authority of tests');
    const [one, other] = [await authority.issue('orders'), await authority.issue('orders')];
    const read = (told: NodeJS.ProcessEnv) =>
      kafkaAccess(readConfig(z.object(kafkaSettings), { KAFKA_BROKERS: 'one:9092', ...told }));
    const { cert, key } = one;
    assert.deepEqual(read({ KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: key }).tls, { cert, key });
    assert.throws(() => read({ KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: other.key }), {
      name: 'ConfigError',
      message: 'Settings are wrong. KAFKA_TLS_KEY: is not the key of KAFKA_TLS_CERT.',
    });
    assert.throws(() => read({ KAFKA_TLS_CA: 'hunter2', KAFKA_TLS_CERT: cert }), {
      name: 'ConfigError',
      message:
        'Settings are wrong. KAFKA_TLS_CA: must be a certificate in PEM; KAFKA_TLS_KEY: is required with KAFKA_TLS_CERT.',
    });
  });

  it('takes the name that a setting had before, and tells it when the value is wrong', () => {
    const config = z.object({ NEW: seconds.optional().register(renamed, { from: 'OLD' }) });
    assert.equal(readConfig(config, { OLD: '3' }).NEW, 3);
    assert.equal(readConfig(config, { OLD: 'hunter2', NEW: '4' }).NEW, 4);
    assert.throws(() => readConfig(config, { OLD: 'hunter2' }), {
      message: /^Settings are wrong. OLD: must be seconds/,
    });
  });

  it('refuses a secret of .env.example, unless it is told that this is for development', () => {
    const sample = { ...good, SERVICE_SECRET: 'only-for-dev-service-secret' };
    assert.throws(() => readConfig(settings, sample), /SERVICE_SECRET: holds a secret of \.env\.example/);
    assert.throws(() => readConfig(settings, { ...sample, ENVIRONMENT: 'production' }), ConfigError);
    assert.equal(
      readConfig(settings, { ...sample, ENVIRONMENT: 'dev' }).SERVICE_SECRET,
      sample.SERVICE_SECRET,
    );
  });

  describe('with secrets in files', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gozon-'));
    after(() => rmSync(folder, { recursive: true }));
    const inFile = (text: string) => {
      const file = path.join(folder, randomUUID());
      writeFileSync(file, text);
      return file;
    };
    const { SERVICE_SECRET, ...others } = good;

    for (const end of ['', '\n', '\r\n']) {
      it(`reads one whose file ends with ${JSON.stringify(end)}`, () => {
        const told = { ...others, SERVICE_SECRET_FILE: inFile(`${SERVICE_SECRET}${end}`) };
        assert.equal(readConfig(settings, told).SERVICE_SECRET, SERVICE_SECRET);
      });
    }

    it('takes an empty value as none', () => {
      const told = { ...others, SERVICE_SECRET: '', SERVICE_SECRET_FILE: inFile(SERVICE_SECRET) };
      assert.equal(readConfig(settings, told).SERVICE_SECRET, SERVICE_SECRET);
      assert.equal(readConfig(settings, { ...good, SERVICE_SECRET_FILE: '' }).SERVICE_SECRET, SERVICE_SECRET);
    });

    const refused: [title: string, told: NodeJS.ProcessEnv, message: string][] = [
      [
        'both ways',
        { ...good, SERVICE_SECRET_FILE: inFile('hunter2') },
        'SERVICE_SECRET: must not be set beside SERVICE_SECRET_FILE',
      ],
      [
        'a file that is not there',
        { ...others, SERVICE_SECRET_FILE: '/hunter2' },
        'SERVICE_SECRET_FILE: names a file that cannot be read (ENOENT)',
      ],
      [
        'a file that is a folder',
        { ...others, SERVICE_SECRET_FILE: folder },
        'SERVICE_SECRET_FILE: names a file that cannot be read (EISDIR)',
      ],
      [
        'a secret that is too short',
        { ...others, SERVICE_SECRET_FILE: inFile('hunter2') },
        'SERVICE_SECRET_FILE: must have at least 16 characters',
      ],
      [
        'a secret of .env.example',
        { ...others, SERVICE_SECRET_FILE: inFile('only-for-dev-service-secret') },
        'SERVICE_SECRET_FILE: holds a secret of .env.example, which only ENVIRONMENT=dev may use',
      ],
    ];
    for (const [title, told, message] of refused) {
      it(`refuses ${title}, in one sentence that has no value`, () => {
        assert.throws(() => readConfig(settings, told), {
          name: 'ConfigError',
          message: `Settings are wrong. ${message}.`,
        });
      });
    }

    it('counts a secret in a file as set, for the settings that need it', () => {
      const kafka = { KAFKA_BROKERS: 'one:9092', KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'orders' };
      const told = { ...kafka, KAFKA_PASSWORD_FILE: inFile('hunter2') };
      assert.equal(readConfig(z.object(kafkaSettings), told).KAFKA_PASSWORD, 'hunter2');
    });

    it('names the file of a certificate that is none', () => {
      const told = { KAFKA_BROKERS: '[fd00::7]:9092', KAFKA_TLS_CA_FILE: inFile('hunter2') };
      assert.throws(() => readConfig(z.object(kafkaSettings), told), {
        message: 'Settings are wrong. KAFKA_TLS_CA_FILE: must be a certificate in PEM.',
      });
    });

    it('reads no file for a setting that is no secret', () => {
      assert.throws(
        () => readConfig(settings, { ...good, PORT: '', PORT_FILE: inFile('8081') }),
        /PORT: must be/,
      );
    });
  });

  it('reads the environment of the process when given none', () => {
    process.env['GOZON_TEST_SETTING'] = 'set';
    try {
      assert.deepEqual(readConfig(z.object({ GOZON_TEST_SETTING: z.string() })), {
        GOZON_TEST_SETTING: 'set',
      });
    } finally {
      delete process.env['GOZON_TEST_SETTING'];
    }
  });
});

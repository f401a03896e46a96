import assert from 'node:assert/strict';
import { execa } from 'execa';
import { AUDIENCE, ISSUER, pairs } from '#test/support/issuer.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { serviceEnvironments } from '#tools/stack/components/service-environments.ts';

describe('a gateway with a wrong setting', () => {
  const system = withSharedSystem();
  const jwt = {
    IDENTITY: 'jwt',
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWKS_URL: 'http://127.0.0.1:9/',
  };
  const wrong: [settings: Record<string, string | undefined>, named: string][] = [
    [{ IDENTITY: 'none' }, 'IDENTITY'],
    [{ ENVIRONMENT: 'production' }, 'IDENTITY'],
    [{ ...jwt, JWT_ISSUER: undefined }, 'JWT_ISSUER'],
    [{ ...jwt, JWT_AUDIENCE: undefined }, 'JWT_AUDIENCE'],
    [{ ...jwt, JWKS_URL: undefined }, 'JWKS_URL'],
    [{ ...jwt, JWKS_URL: 'not a url' }, 'JWKS_URL'],
    [{ ...jwt, JWT_ALGORITHMS: 'HS256' }, 'JWT_ALGORITHMS'],
    [{ ...jwt, JWT_ALGORITHMS: 'none' }, 'JWT_ALGORITHMS'],
    [{ ...jwt, JWT_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----\nx' }, 'JWT_PUBLIC_KEY'],
    [
      { ...jwt, JWT_PUBLIC_KEY: pairs.EdDSA.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string },
      'JWT_PUBLIC_KEY',
    ],
    [{ RATE_LIMIT_PER_USER: '0' }, 'RATE_LIMIT_PER_USER'],
    [{ RATE_LIMIT_PER_ADDRESS: 'many' }, 'RATE_LIMIT_PER_ADDRESS'],
    [{ TRUSTED_PROXIES: '-1' }, 'TRUSTED_PROXIES'],
    [{ ORDERS_URL: undefined }, 'ORDERS_URL'],
    [{ CURRENCY: 'euro' }, 'CURRENCY'],
    [{ SERVICE_SECRET: 'short' }, 'SERVICE_SECRET'],
  ];
  for (const [settings, named] of wrong) {
    const what = Object.entries(settings).at(-1)?.[0];
    it(`exits with a message that names ${named} and repeats no value, when ${what} is wrong`, async () => {
      const { settings: ports, secrets } = system();
      const given = { ...serviceEnvironments(ports, secrets).gateway, PORT: '0', ...settings };
      const { exitCode, stderr } = await execa(process.execPath, ['gateway/main.ts'], {
        cwd: CHECKOUT,
        env: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        extendEnv: false,
        reject: false,
        timeout: 15_000,
      });
      assert.equal(exitCode, 78, stderr);
      assert.match(stderr, new RegExp(`^gateway: Settings are wrong\\. .*${named}: `, 'm'));
      assert.doesNotMatch(stderr, /\n\s+at /);
      for (const value of Object.values(settings)) if (value) assert.ok(!stderr.includes(`"${value}"`));
    });
  }
});

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { UnsecuredJWT, exportSPKI } from 'jose';
import { assertNoLeaks, assertNoSecretsInLogs } from '#test/support/api/no-leaks.ts';
import { AUDIENCE, ISSUER, pairs, publishKeys, tokenOf } from '#test/support/issuer.ts';
import type { Claims } from '#test/support/issuer.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

describe('a gateway with IDENTITY=jwt', () => {
  const system = withSharedSystem();
  const stack = new AsyncDisposableStack();
  const tokens: string[] = [];
  let jwks: Awaited<ReturnType<typeof publishKeys>>;
  let byJwks: string;
  let byPem: string;
  before(async function () {
    this.timeout(60_000);
    jwks = stack.use(await publishKeys());
    const settings = {
      IDENTITY: 'jwt',
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      RATE_LIMIT_PER_ADDRESS: '1000',
    };
    const pem = await exportSPKI(pairs.ES256.publicKey);
    byJwks = stack.use(await startExtraProcess(system(), 'gateway', { ...settings, JWKS_URL: jwks.url })).url;
    byPem = stack.use(await startExtraProcess(system(), 'gateway', { ...settings, JWT_PUBLIC_KEY: pem })).url;
  });
  after(async () => stack.disposeAsync());

  const gateways = () => [
    { url: byJwks, algorithm: 'EdDSA' as const, keyId: 'one' },
    { url: byPem, algorithm: 'ES256' as const, keyId: 'any' },
  ];
  const sign = async (algorithm: keyof typeof pairs, claims: Claims = {}, key?: KeyObject, keyId = 'one') => {
    const token = await tokenOf(claims)
      .setProtectedHeader({ alg: algorithm, kid: keyId })
      .sign(key ?? pairs[algorithm].privateKey);
    tokens.push(token);
    return token;
  };
  const ask = async (url: string, token: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(new URL('/api/orders', url), {
      headers: { Authorization: `Bearer ${token}`, ...headers },
    });
    const text = await reply.text();
    assertNoLeaks(system(), text);
    return {
      status: reply.status,
      headers: reply.headers,
      body: JSON.parse(text) as Record<string, unknown>,
    };
  };

  it('takes the user from a valid token and ignores X-User-Id', async () => {
    for (const { url, algorithm } of gateways()) {
      const [userId, other] = [randomUUID(), randomUUID()];
      const token = await sign(algorithm, { sub: userId });
      const placed = await fetch(new URL('/api/orders', url), {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          'X-User-Id': other,
          'Content-Type': 'application/json',
        },
        body: '{"amount":1}',
      });
      assert.equal(placed.status, 201);
      assert.equal(((await placed.json()) as { userId: string }).userId, userId);
      const theirs = await ask(url, await sign(algorithm, { sub: other }), { 'X-User-Id': userId });
      assert.deepEqual(theirs.body['items'], []);
    }
  });

  const anyone = randomUUID();
  const invalidTokens: Record<string, (algorithm: keyof typeof pairs) => Promise<string>> = {
    'signed with another key': async (algorithm) =>
      sign(
        algorithm,
        {},
        algorithm === 'EdDSA'
          ? generateKeyPairSync('ed25519').privateKey
          : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      ),
    'signed with an unpublished key': async (algorithm) => sign(algorithm, {}, undefined, 'two'),
    'whose claims were changed': async (algorithm) => {
      const [header, , signature] = (await sign(algorithm)).split('.');
      const payload = { sub: anyone, iss: ISSUER, aud: AUDIENCE, exp: 4e9, roles: ['operator'] };
      return [header, Buffer.from(JSON.stringify(payload)).toString('base64url'), signature].join('.');
    },
    'that has expired': async (algorithm) => sign(algorithm, { expires: '-1m' }),
    'for another audience': async (algorithm) => sign(algorithm, { audience: 'bank' }),
    'of another issuer': async (algorithm) => sign(algorithm, { issuer: 'https://evil.example/' }),
    'without a sub': async (algorithm) => sign(algorithm, { sub: '' }),
    'whose sub is not a UUID': async (algorithm) => sign(algorithm, { sub: 'alice' }),
    'with alg none': async () =>
      new UnsecuredJWT({ sub: anyone })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime('1h')
        .encode(),
    'signed with the public key as a secret': async (algorithm) =>
      tokenOf({ sub: anyone })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(await exportSPKI(pairs[algorithm].publicKey))),
    'whose algorithm is not the key’s': async (algorithm) =>
      algorithm === 'EdDSA' ? sign('ES256') : sign('EdDSA'),
    'that is not a JWT': async () => 'abc.def.ghi',
  };
  for (const [what, make] of Object.entries(invalidTokens)) {
    it(`answers a token ${what} with 401`, async () => {
      for (const { url, algorithm, keyId } of gateways()) {
        const token = await make(algorithm);
        if (keyId === 'any' && what === 'signed with an unpublished key') continue;
        const { status, headers, body } = await ask(url, token);
        assert.deepEqual([status, body['code']], [401, 'missing_identity'], url);
        assert.match(headers.get('www-authenticate') ?? '', /^Bearer/);
      }
    });
  }

  it('answers 401 to a request without a token, or with two', async () => {
    const token = await sign('EdDSA');
    const requests: Record<string, string>[] = [
      {},
      { 'X-User-Id': randomUUID() },
      { Authorization: `Basic ${token}` },
      { Authorization: `Bearer ${token}, Bearer ${token}` },
    ];
    for (const headers of requests) {
      assert.equal((await fetch(new URL('/api/orders', byJwks), { headers })).status, 401);
    }
  });

  it('lets only operators see the system', async () => {
    const askAs = async (roles: string[]) =>
      fetch(new URL('/api/system', byJwks), {
        headers: { Authorization: `Bearer ${await sign('EdDSA', { roles })}` },
      });
    assert.equal((await askAs([])).status, 403);
    assert.equal((await askAs(['customer', 'operator'])).status, 200);
  });

  it('lets only merchants capture and refund', async () => {
    for (const path of ['capture', 'refunds']) {
      const askAs = async (roles: string[]) => {
        const reply = await fetch(new URL(`/api/orders/${randomUUID()}/${path}`, byJwks), {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${await sign('EdDSA', { roles })}`,
            'Content-Type': 'application/json',
          },
          body: '{"amount":1}',
        });
        return [reply.status, ((await reply.json()) as { code: string }).code];
      };
      assert.deepEqual(await askAs(['customer', 'operator']), [403, 'merchant_only']);
      assert.deepEqual(await askAs(['merchant']), [404, 'order_not_found']);
    }
  });

  it('lets merchants and operators read any order, its refunds and its timeline, and a customer only their own', async () => {
    const [owner, stranger] = [system().client.as(randomUUID()), randomUUID()];
    const { orderId } = await owner.placeOrder({ amount: 1n });
    const statusOf = async (path: string, sub: string, roles: string[]) => {
      const headers = {
        Authorization: `Bearer ${await sign('EdDSA', { sub, roles })}`,
        'X-User-Roles': 'operator',
      };
      return (await fetch(new URL(`/api/orders/${orderId}${path}`, byJwks), { headers })).status;
    };
    for (const path of ['', '/refunds', '/timeline']) {
      assert.equal(await statusOf(path, stranger, ['merchant']), 200);
      assert.equal(await statusOf(path, stranger, ['operator']), 200);
      assert.equal(await statusOf(path, stranger, ['customer']), 404);
      assert.equal(await statusOf(path, owner.userId, []), 200);
    }
  });

  it('requires a token in its OpenAPI document', async () => {
    const document = (await (await fetch(new URL('/openapi.json', byJwks))).json()) as {
      components: { securitySchemes: object };
    };
    assert.deepEqual(Object.keys(document.components.securitySchemes), ['bearer']);
  });

  it('accepts the tokens of known keys while the issuer is away', async () => {
    await using issuer = await publishKeys();
    const settings = {
      IDENTITY: 'jwt',
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWKS_URL: issuer.url,
    };
    await using gateway = await startExtraProcess(system(), 'gateway', settings);
    issuer.answer('hang up');
    assert.equal((await ask(gateway.url, await sign('EdDSA'))).status, 200);
  });

  it('limits the requests from one address before it checks a token', async () => {
    const settings = {
      IDENTITY: 'jwt',
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWKS_URL: jwks.url,
      RATE_LIMIT_PER_ADDRESS: '5',
    };
    await using gateway = await startExtraProcess(system(), 'gateway', settings);
    const replies = await Promise.all(Array.from({ length: 30 }, async () => ask(gateway.url, 'x')));
    const refused = replies.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 20, `${refused.length} of 30`);
    for (const { headers, body } of refused) {
      assert.equal(body['code'], 'rate_limited');
      assert.match(headers.get('ratelimit-policy') ?? '', /^"address";q=5;w=1$/);
    }
  });

  it('takes the client’s address from its own proxy, not from the client', async () => {
    const settings = {
      IDENTITY: 'jwt',
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWKS_URL: jwks.url,
      RATE_LIMIT_PER_ADDRESS: '5',
      TRUSTED_PROXIES: '1',
    };
    await using gateway = await startExtraProcess(system(), 'gateway', settings);
    const from = async (address: (turn: number) => string) =>
      Promise.all(
        Array.from({ length: 30 }, async (_, turn) => {
          return (await ask(gateway.url, 'x', { 'X-Forwarded-For': address(turn) })).status;
        }),
      );
    const many = await from((turn) => `198.51.100.1, 203.0.113.${turn}`);
    assert.ok(many.every((status) => status === 401));
    const one = await from((turn) => `198.51.100.${turn}, 203.0.113.99`);
    assert.ok(one.filter((status) => status === 429).length >= 20);
  });

  it('logs no token and no secret in any process', () => {
    assert.ok(tokens.length > 20);
    assertNoSecretsInLogs(system(), tokens);
  });
});

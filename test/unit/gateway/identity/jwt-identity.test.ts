import assert from 'node:assert/strict';
import { SignJWT, UnsecuredJWT, createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import { newId } from '#contracts/values/ids.ts';
import { jwtIdentity } from '#gateway/identity/jwt-identity.ts';
import type { JwtSettings } from '#gateway/identity/jwt-identity.ts';
import { openGateway, openUpstream } from '#test/support/gateway.ts';
import type { Upstream } from '#test/support/gateway.ts';
import { call } from '#test/support/test-service.ts';

const CLAIMS = { issuer: 'https://issuer.test', audience: 'gozon' };

describe('the gateway’s identity by token', () => {
  const alice = newId();
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let publicKey: string;
  let upstream: Upstream;
  before(async () => {
    keys = await generateKeyPair('ES256', { extractable: true });
    publicKey = await exportSPKI(keys.publicKey);
    upstream = await openUpstream();
  });
  after(async () => upstream[Symbol.asyncDispose]());
  beforeEach(() => {
    upstream.received.length = 0;
  });

  /** A token for Alice, unless told otherwise; not signed yet. */
  function token({ sub = alice, header = {} }: { sub?: string | null; header?: object } = {}): SignJWT {
    const jwt = new SignJWT(sub === null ? {} : { sub }).setProtectedHeader({ alg: 'ES256', ...header });
    return jwt.setIssuer(CLAIMS.issuer).setAudience(CLAIMS.audience).setExpirationTime('5m');
  }
  const signed = async (jwt = token()) => jwt.sign(keys.privateKey);

  async function askWith(authorization: string | undefined, settings: Partial<JwtSettings> = {}) {
    const identify = jwtIdentity({
      ...CLAIMS,
      algorithms: ['ES256'],
      keyOf: async () => keys.publicKey,
      ...settings,
    });
    await using gateway = await openGateway({ upstream: upstream.url, identify });
    const headers = { 'x-user-id': newId(), ...(authorization !== undefined && { authorization }) };
    return await call(`${gateway.url}/api/orders`, { headers });
  }

  it('takes the user from a valid token, ignores X-User-Id, and does not pass the token on', async () => {
    assert.equal((await askWith(`Bearer ${await signed()}`)).status, 200);
    const [received] = upstream.received;
    assert.equal(received?.headers['x-user-id'], alice);
    assert.equal(received?.headers.authorization, undefined);
  });

  const refused: Record<string, () => Promise<string | undefined>> = {
    'no token': async () => undefined,
    'another scheme': async () => `Basic ${await signed()}`,
    'no JWT at all': async () => 'Bearer abc',
    'a token of another issuer': async () => `Bearer ${await signed(token().setIssuer('https://evil.test'))}`,
    'a token for another audience': async () => `Bearer ${await signed(token().setAudience('elsewhere'))}`,
    'a token that has expired': async () =>
      `Bearer ${await signed(token().setExpirationTime('1 minute ago'))}`,
    'a token that is not valid yet': async () => `Bearer ${await signed(token().setNotBefore('5 minutes'))}`,
    'a token of nobody': async () => `Bearer ${await signed(token({ sub: null }))}`,
    'a token whose subject is no UUID': async () => `Bearer ${await signed(token({ sub: 'admin' }))}`,
    'a token that another key signed': async () => {
      const other = await generateKeyPair('ES256');
      return `Bearer ${await token().sign(other.privateKey)}`;
    },
    'a token whose payload was changed': async () => {
      const [header, , signature] = (await signed()).split('.');
      const payload = Buffer.from(
        JSON.stringify({ sub: newId(), iss: CLAIMS.issuer, aud: CLAIMS.audience, exp: 4e9 }),
      );
      return `Bearer ${header}.${payload.toString('base64url')}.${signature}`;
    },
    'a token without a signature': async () =>
      `Bearer ${new UnsecuredJWT({}).setSubject(alice).setIssuer(CLAIMS.issuer).setAudience(CLAIMS.audience).setExpirationTime('5m').encode()}`,
    'a token that was signed with the public key as if it were a secret': async () =>
      `Bearer ${await token({ header: { alg: 'HS256' } }).sign(Buffer.from(publicKey))}`,
  };
  for (const [what, authorization] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const { status, headers, body } = await askWith(await authorization());
      assert.deepEqual([status, body['code']], [401, 'missing_identity']);
      assert.equal(headers['www-authenticate'], 'Bearer');
      assert.deepEqual(upstream.received, []);
    });
  }

  it('refuses a token whose algorithm is not configured', async () => {
    const { status } = await askWith(`Bearer ${await signed()}`, { algorithms: ['RS256'] });
    assert.equal(status, 401);
  });

  it('refuses a token of another type than it is to have, such as an ID token', async () => {
    const ask = async (typ: string) =>
      askWith(`Bearer ${await signed(token({ header: { typ } }))}`, { type: 'at+jwt' });
    assert.deepEqual([(await ask('at+jwt')).status, (await ask('JWT')).status], [200, 401]);
  });

  it('finds the key of a token that names none, among several of its issuer', async () => {
    const other = await generateKeyPair('ES256');
    const published = await Promise.all([other, keys].map(async (pair) => exportJWK(pair.publicKey)));
    const jwks = published.map((jwk, index) => ({ ...jwk, kid: `${index}`, alg: 'ES256' }));
    const keyOf = createLocalJWKSet({ keys: jwks });
    const ask = async (jwt: SignJWT, key: CryptoKey) => askWith(`Bearer ${await jwt.sign(key)}`, { keyOf });
    assert.equal((await ask(token(), keys.privateKey)).status, 200);
    assert.equal((await ask(token(), other.privateKey)).status, 200);
    const stranger = await generateKeyPair('ES256');
    assert.equal((await ask(token(), stranger.privateKey)).status, 401);
    const expired = await ask(token().setExpirationTime('1 minute ago'), other.privateKey);
    assert.deepEqual([expired.status, expired.body['detail']], [401, 'The token has expired.']);
  });
});

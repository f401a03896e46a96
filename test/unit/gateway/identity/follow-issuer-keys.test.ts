import assert from 'node:assert/strict';
import { followIssuerKeys } from '#gateway/identity/follow-issuer-keys.ts';
import type { IssuerKeysOptions } from '#gateway/identity/follow-issuer-keys.ts';
import { jwtIdentity } from '#gateway/identity/jwt-identity.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openGateway, openUpstream } from '#test/support/gateway.ts';
import type { Upstream } from '#test/support/gateway.ts';
import { AUDIENCE, ISSUER, pairs, publishKeys, tokenOf } from '#test/support/issuer.ts';
import { call } from '#test/support/test-service.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const FAILURES = {
  'answers with 500': 500,
  'hangs up': 'hang up',
  'accepts and says nothing': 'silent',
  'publishes nonsense': 'nonsense',
  'publishes no key': 'no keys',
} as const;

/** In ms: the issuer is asked again so soon that a test sees it. */
const SOON = { refresh: 20, retry: 10, cooldown: 0 };

describe('the keys of an issuer', () => {
  let upstream: Upstream;
  let issuer: Awaited<ReturnType<typeof publishKeys>>;
  before(async () => {
    upstream = await openUpstream();
  });
  after(async () => upstream[Symbol.asyncDispose]());
  beforeEach(async () => {
    issuer = await publishKeys();
  });
  afterEach(async () => issuer[Symbol.asyncDispose]());

  async function openWith(options: Partial<IssuerKeysOptions> = {}) {
    await using opening = new AsyncDisposableStack();
    const health = createHealth();
    const log = createLogger('test', 'silent');
    const { keyOf } = opening.use(
      followIssuerKeys({ url: issuer.url, keep: 60_000, health, log, ...SOON, ...options }),
    );
    const identify = jwtIdentity({
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['EdDSA', 'ES256'],
      keyOf,
    });
    const gateway = opening.use(await openGateway({ upstream: upstream.url, identify }));
    const stack = opening.move();
    return {
      ask: async (kid = 'one') => {
        const pair = kid === 'one' ? pairs.EdDSA : pairs.ES256;
        const alg = kid === 'one' ? 'EdDSA' : 'ES256';
        const token = await tokenOf({}).setProtectedHeader({ alg, kid }).sign(pair.privateKey);
        return call(`${gateway.url}/api/orders`, { headers: { authorization: `Bearer ${token}` } });
      },
      report: async () => health.report(),
      untilAway: async () =>
        eventually('it to see that the issuer is away', async () => !(await health.report()).ready),
      [Symbol.asyncDispose]: async () => stack.disposeAsync(),
    };
  }

  for (const [how, answer] of Object.entries(FAILURES)) {
    it(`stay good while the issuer ${how}, and readiness tells the cause and what to do`, async () => {
      await using gateway = await openWith();
      assert.equal((await gateway.ask()).status, 200);
      issuer.answer(answer);
      await gateway.untilAway();
      assert.equal((await gateway.ask()).status, 200);
      const { serving, roles } = await gateway.report();
      assert.equal(serving, true);
      assert.match(
        JSON.stringify(roles['issuer']),
        /its keys cannot be fetched \(.{5,}\): check JWKS_URL and the issuer\. Known keys stay good/,
      );
    });

    it(`are not known when the issuer ${how} from the start: 503, until it recovers`, async () => {
      issuer.answer(answer);
      await using gateway = await openWith();
      const { status, headers, body } = await gateway.ask();
      assert.deepEqual([status, body['code'], headers['retry-after']], [503, 'unavailable', '5']);
      const { serving, roles } = await gateway.report();
      assert.equal(serving, false);
      assert.match(
        JSON.stringify(roles['issuer']),
        /its keys cannot be fetched \(.{5,}\): check JWKS_URL and the issuer\. Until then each token is answered with 503/,
      );
      issuer.answer('keys');
      await eventually('the keys to be fetched', async () => (await gateway.report()).ready);
      assert.equal((await gateway.ask()).status, 200);
    });
  }

  it('are good no longer when the issuer has been away for longer than they are kept', async () => {
    await using gateway = await openWith({ keep: 1 });
    assert.equal((await gateway.ask()).status, 200);
    issuer.answer(500);
    await eventually('it to stop serving', async () => !(await gateway.report()).serving);
    assert.equal((await gateway.ask()).status, 503);
    issuer.answer('keys');
    await eventually('it to serve again', async () => (await gateway.report()).serving);
    assert.equal((await gateway.ask()).status, 200);
  });

  it('leave a token of an unknown key open while the issuer is away: 503, and 401 once it is back', async () => {
    await using gateway = await openWith();
    assert.equal((await gateway.ask('two')).status, 401);
    issuer.answer(500);
    await gateway.untilAway();
    assert.equal((await gateway.ask('two')).status, 503);
    issuer.answer('keys');
    await eventually('the issuer to be back', async () => (await gateway.report()).ready);
    assert.equal((await gateway.ask('two')).status, 401);
  });

  it('are fetched again for an unknown key, before the next regular fetch', async () => {
    await using gateway = await openWith({ refresh: 60_000 });
    assert.equal((await gateway.ask('two')).status, 401);
    await issuer.publish('two', pairs.ES256.publicKey, 'ES256');
    assert.equal((await gateway.ask('two')).status, 200);
  });

  it('show that the issuer is away as soon as an unknown key asks for it', async () => {
    await using gateway = await openWith({ refresh: 60_000 });
    assert.equal((await gateway.ask()).status, 200);
    issuer.answer('hang up');
    assert.equal((await gateway.ask('two')).status, 503);
    assert.equal((await gateway.report()).ready, false);
    assert.equal((await gateway.ask()).status, 200);
  });

  it('are not fetched for each unknown key that somebody names', async () => {
    await using gateway = await openWith({ refresh: 60_000, cooldown: 60_000 });
    assert.equal((await gateway.ask('two')).status, 401);
    await issuer.publish('two', pairs.ES256.publicKey, 'ES256');
    assert.equal((await gateway.ask('two')).status, 401);
  });
});

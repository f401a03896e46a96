import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { newId } from '#contracts/values/ids.ts';
import { composeGateway } from '#gateway/compose.ts';
import { gatewaySettings } from '#gateway/settings.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openUpstream } from '#test/support/gateway.ts';
import { AUDIENCE, ISSUER, pairs, publishKeys, tokenOf } from '#test/support/issuer.ts';
import { SERVICE_SECRET, call } from '#test/support/test-service.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a gateway that starts while its issuer is away', () => {
  it('listens, tells why in its readiness and what to do, and serves by itself once the issuer is there', async () => {
    await using stack = new AsyncDisposableStack();
    const [port, issuersPort] = [await freePort(), await freePort()];
    const upstream = stack.use(await openUpstream());
    const config = gatewaySettings.parse({
      PORT: String(port),
      SERVICE_SECRET,
      ORDERS_URL: upstream.url,
      PAYMENTS_URL: upstream.url,
      WORKFLOWS_URL: upstream.url,
      IDENTITY: 'jwt',
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWKS_URL: `http://127.0.0.1:${issuersPort}/keys`,
    });
    const log = createLogger('test', 'silent');
    const { signal } = new AbortController();
    await composeGateway({ config, log, health: createHealth(), stack, signal });

    const url = `http://127.0.0.1:${port}`;
    const token = await tokenOf({ sub: newId() })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .sign(pairs.EdDSA.privateKey);
    const list = async () => call(`${url}/api/orders`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await list()).status, 503);
    assert.equal((await call(`${url}/health/live`)).status, 200);
    assert.equal((await call(`${url}/health/serving`)).status, 503);
    const ready = await call(`${url}/health/ready`);
    assert.equal(ready.status, 503);
    assert.match(
      ready.text,
      /"issuer":\{"ready":false,"reason":"its keys cannot be fetched \(.*ECONNREFUSED.*\): check JWKS_URL and the issuer\. Until then each token is answered with 503"/,
    );

    stack.use(await publishKeys(issuersPort));
    await eventually('it to be ready', async () => (await call(`${url}/health/ready`)).status === 200);
    assert.equal((await list()).status, 200);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

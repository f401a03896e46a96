import assert from 'node:assert/strict';
import { allowHosts } from '#gateway/identity/allow-hosts.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import type { Listening } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { call } from '#test/support/test-service.ts';

describe('a gateway that believes every client', () => {
  let gateway: Listening;
  before(async () => {
    const log = createLogger('test', 'silent');
    const app = createApp({ log, health: createHealth() });
    app.use(allowHosts(['shop.test']));
    app.use((ctx) => {
      ctx.body = 'served';
    });
    gateway = await serve(app, { host: '127.0.0.1', port: 0, log });
  });
  after(async () => gateway[Symbol.asyncDispose]());

  const ask = async (host: string) =>
    call(gateway.url, { headers: { host, 'x-forwarded-host': 'localhost' } });

  for (const host of [
    'localhost',
    'LOCALHOST:8080',
    'localhost.',
    'shop.localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    '10.1.2.3',
    '[2001:db8::1]',
    'shop.test',
    'Shop.Test:8080',
  ]) {
    it(`answers to ${host}`, async () => {
      assert.equal((await ask(host)).status, 200);
    });
  }

  for (const host of [
    'evil.test',
    'evil.test:8080',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    'evil.test.shop.test',
    'notshop.test',
    'gateway',
    '[evil]',
    'a b',
  ]) {
    it(`refuses ${host}, and names the setting that allows it`, async () => {
      const { status, body } = await ask(host);
      assert.deepEqual([status, body['code']], [421, 'host_not_allowed']);
      assert.match(String(body['detail']), /ALLOWED_HOSTS/);
    });
  }

  it('answers probes to any host: they show nothing of a customer', async () => {
    assert.equal((await call(`${gateway.url}/health/live`, { headers: { host: 'gateway' } })).status, 200);
  });
});

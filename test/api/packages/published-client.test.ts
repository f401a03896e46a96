import assert from 'node:assert/strict';
import { installPackages } from '#test/support/packages/install-packages.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';

describe('the client as it is published', function () {
  this.timeout(300_000);
  const system = withSharedSystem();

  it('places an order, once for an Idempotency-Key, and hears when it is paid', async () => {
    using installed = await installPackages();
    const printed = await installed.run('place-an-order', { GATEWAY_URL: system().client.baseUrl });
    assert.deepEqual(printed, { refused: 'account_not_found', isOneOrder: true, balance: '3001' });
  });
});

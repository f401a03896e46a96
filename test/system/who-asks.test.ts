import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { sendLines } from '#test/support/api/raw-http.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

describe('a service behind the gateway', () => {
  const system = withSharedSystem();

  for (const [name, path] of [
    ['orders', '/api/orders'],
    ['payments', '/api/payments/accounts/x'],
    ['workflows', '/api/system'],
  ] as const) {
    it(`answers nobody without the service secret: ${name}`, async () => {
      const url = `${system().service(name).url}${path}`;
      for (const [secret, status] of [
        [undefined, 401],
        ['', 401],
        [randomBytes(16).toString('base64url'), 503],
        [` ${system().secrets.service}x`, 503],
      ] as const) {
        const headers = {
          'X-User-Id': randomUUID(),
          ...(secret !== undefined && { 'X-Service-Secret': secret }),
        };
        const reply = await fetch(url, { headers });
        assert.equal(reply.status, status);
        assert.equal(reply.headers.get('content-type'), 'application/problem+json');
      }
    });
  }

  it('learns who asks from the gateway alone, also when a client expects 100-continue', async () => {
    const victim = await openCustomer(system(), 100n);
    const thief = await openCustomer(system(), 0n);
    const body = JSON.stringify({ amount: 1 });
    const reply = await sendLines(system().client.baseUrl, [
      'POST /api/orders HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `X-User-Id: ${thief.userId}`,
      'X-Service-Secret: stolen',
      `Forwarded: for=${victim.userId}`,
      'Expect: 100-continue',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ]);
    assert.match(reply.all, /HTTP\/1\.1 201 Created/);
    assert.equal((await thief.orders()).items.length, 1);
    assert.equal((await victim.orders()).items.length, 0);
  });

  it('is not reached by a request that names its user twice', async () => {
    const [victim, thief] = [randomUUID(), randomUUID()];
    const reply = await sendLines(system().client.baseUrl, [
      'GET /api/orders HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `X-User-Id: ${thief}`,
      `X-User-Id: ${victim}`,
      'Expect: 100-continue',
      '',
      '',
    ]);
    assert.equal(reply.status, 401);
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SignJWT, exportSPKI, generateKeyPair } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import { openBrowser } from '#test/support/browser/browser.ts';
import { look, openDashboard } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';
import type { System } from '#tools/testbed/system.ts';

const ISSUER = { JWT_ISSUER: 'https://issuer.example/', JWT_AUDIENCE: 'gozon' };

describe('signing in', function () {
  this.timeout(90_000);
  const system = withSharedSystem();

  it('accepts a token, keeps it for the tab only, and reports when it is no longer valid', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    await using gateway = await startGateway(system(), publicKey);
    const token = async (lifetime: string) => sign(privateKey, { sub: randomUUID() }, lifetime);
    await using browser = await openBrowser({ baseURL: gateway.url });
    browser.expect(/status of 401/);
    const { page, context } = browser;
    await page.goto('/');
    await page.getByLabel('Token').fill('no token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('That is not a token').waitFor();
    await look(page, 'sign-in-jwt');

    await page.getByLabel('Token').fill(await token('1 hour'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Open account' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Open account' }).waitFor();
    const otherTab = await context.newPage();
    await otherTab.goto('/');
    await otherTab.getByRole('heading', { name: 'Sign in' }).waitFor();

    await otherTab.getByLabel('Token').fill(await token('1 hour ago'));
    await otherTab.getByRole('button', { name: 'Sign in' }).click();
    await otherTab.getByText('You are signed out').waitFor();
  });

  it('offers a capture to merchants only, and a release to the customer', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    await using gateway = await startGateway(system(), publicKey);
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n, captureMethod: 'manual' });
    for (const roles of [[], ['merchant']]) {
      await using browser = await openBrowser({ baseURL: gateway.url });
      const { page } = browser;
      await page.goto(`/orders/${orderId}`);
      await page.getByLabel('Token').fill(await sign(privateKey, { sub: customer.userId, roles }, '1 hour'));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('€20.00 is reserved').waitFor();
      await page.getByRole('button', { name: 'Release…' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Capture…' }).count(), roles.length);
    }
  });

  it('switches to another customer by id, and refuses text that is not an id', async () => {
    const [one, other] = [await openCustomer(system(), 100n), await openCustomer(system(), 200n)];
    await using browser = await openDashboard(system(), one);
    const { page } = browser;
    await page.getByText('€1.00', { exact: true }).waitFor();
    await page.getByRole('button', { name: `Customer ${one.userId}` }).click();
    await page.getByRole('menuitem', { name: 'Switch customer' }).click();
    const id = page.getByLabel('Or enter a customer id');
    await id.fill('somebody');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByText('That is not a UUID').waitFor();
    await id.fill(` ${other.userId.toUpperCase()} `);
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByText('€2.00', { exact: true }).waitFor();
  });
});

/** A second gateway of the system, which asks for tokens. */
async function startGateway(system: System, publicKey: CryptoKey) {
  const key = await exportSPKI(publicKey);
  return startExtraProcess(system, 'gateway', { IDENTITY: 'jwt', ...ISSUER, JWT_PUBLIC_KEY: key });
}

async function sign(privateKey: CryptoKey, claims: JWTPayload, lifetime: string): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(ISSUER.JWT_ISSUER)
    .setAudience(ISSUER.JWT_AUDIENCE)
    .setExpirationTime(lifetime)
    .sign(privateKey);
}

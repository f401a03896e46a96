import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SignJWT, exportSPKI, generateKeyPair } from 'jose';
import type { Page } from 'playwright-core';
import { openBrowser } from '#test/support/browser/browser.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

const JWT = { IDENTITY: 'jwt', JWT_ISSUER: 'https://issuer.example/', JWT_AUDIENCE: 'gozon' };

// The browser holds each page to its Content-Security-Policy and to its origin.
describe('Swagger UI in a browser', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('groups the routes by what they are about, with what each takes, gives and refuses', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const { page } = browser;
    await page.goto('/swagger');
    await page.locator('.opblock-tag').first().waitFor();
    const groups = await page.evaluate(
      'Array.from(document.querySelectorAll(".opblock-tag"), (tag) => tag.dataset.tag)',
    );
    assert.deepEqual(groups, ['Accounts', 'Orders', 'System']);
    const operation = await open(page, 'Orders-placeOrder');
    assert.match(await operation.getByRole('textbox').last().inputValue(), /"amount": 1999/);
    const shown = (await operation.locator('.responses-table').allInnerTexts()).join('\n');
    assert.match(shown, /"status": "created"/);
    assert.match(shown, /urn:gozon:problem:invalid_body/);
  });

  it('lets a user with an id open an account, top it up and order', async () => {
    const userId = randomUUID();
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    await shop(browser.page, { credentials: userId, userId });
    const [order] = (await system().client.as(userId).orders()).items;
    assert.deepEqual([order?.amount, order?.description], [1999n, 'A book']);
  });

  it('lets a user with a token open an account, top it up and order', async () => {
    const userId = randomUUID();
    const keys = await generateKeyPair('EdDSA');
    const settings = { ...JWT, JWT_PUBLIC_KEY: await exportSPKI(keys.publicKey) };
    await using gateway = await startExtraProcess(system(), 'gateway', settings);
    const token = await new SignJWT({ sub: userId })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(JWT.JWT_ISSUER)
      .setAudience(JWT.JWT_AUDIENCE)
      .setExpirationTime('1h')
      .sign(keys.privateKey);
    await using browser = await openBrowser({ baseURL: gateway.url });
    await shop(browser.page, { credentials: token, userId });
    assert.equal((await system().client.as(userId).orders()).items.length, 1);
  });
});

async function shop(page: Page, { credentials, userId }: { credentials: string; userId: string }) {
  await page.goto('/swagger');
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  await page.locator('.modal-ux').getByRole('textbox').fill(credentials);
  await page.getByRole('button', { name: 'Apply credentials' }).click();
  await page.getByRole('button', { name: 'Close' }).click();

  const account = await open(page, 'Accounts-openAccount');
  assert.match(await execute(account), /^201\b[^]*"balance": 0/);
  const topUp = await open(page, 'Accounts-topUpAccount');
  await topUp.getByPlaceholder('userId').fill(userId);
  assert.match(await execute(topUp), /^200\b[^]*"balance": 5000/);
  const order = await open(page, 'Orders-placeOrder');
  assert.match(await execute(order), /^201\b[^]*"status": "created"/);
}

type Operation = ReturnType<Page['locator']>;

/** Unfolds an operation, whose fields hold the examples. */
async function open(page: Page, id: string): Promise<Operation> {
  const operation = page.locator(`#operations-${id}`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).waitFor();
  return operation;
}

/** Sends the request, and returns the status and body that the page shows. */
async function execute(operation: Operation): Promise<string> {
  await operation.getByRole('button', { name: 'Execute' }).click();
  return operation.locator('.live-responses-table tbody tr').first().innerText();
}

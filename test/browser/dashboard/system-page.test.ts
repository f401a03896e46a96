import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SignJWT, exportSPKI, generateKeyPair } from 'jose';
import type { Page } from 'playwright-core';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { AUDITED_INVARIANTS } from '#contracts/values/invariants.ts';
import { STACK_COMPONENTS } from '#contracts/values/stack-bounds.ts';
import { expectAccessible } from '#test/support/browser/accessible.ts';
import { openBrowser } from '#test/support/browser/browser.ts';
import { look, openDashboard } from '#test/support/browser/dashboard.ts';
import { withSharedStack } from '#test/support/system/shared-stack.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

/** In ms, on a loaded machine. */
const LONG = 300_000;
const WELL_WITHIN = 150_000;

const figure = async (page: Page, name: string) =>
  page
    .locator('dl > div', { has: page.locator(`dt:text-is("${name}")`) })
    .locator('strong')
    .innerText();
const card = (page: Page, name: string) =>
  page
    .getByRole('list', { name: 'Processes' })
    .getByRole('listitem')
    .filter({ has: page.locator(`b:text-is("${name}")`) });
const invariants = (page: Page) => page.getByRole('list', { name: 'Invariants' }).locator(':scope > li');
const log = (page: Page) => page.getByRole('list', { name: 'Events' });

async function untilAllIsWell(page: Page): Promise<void> {
  await page.getByText('All is well', { exact: true }).waitFor({ timeout: WELL_WITHIN });
  await invariants(page)
    .filter({ hasText: /Holds|Not shown/ })
    .nth(AUDITED_INVARIANTS.length - 1)
    .waitFor({ timeout: WELL_WITHIN });
}

describe('the system page over npm start', function () {
  this.timeout(LONG);
  const stack = withSharedStack();
  const open = async () => openDashboard(stack(), stack().client.as(randomUUID()), { path: '/system' });

  it('is accessible and fits its window in light and dark, from phone to wall', async () => {
    await using browser = await open();
    await untilAllIsWell(browser.page);
    await look(browser.page, 'system');
  });

  it('shows every process, every invariant, and charts that begin before it was opened', async () => {
    await using browser = await open();
    const { page } = browser;
    await untilAllIsWell(page);
    for (const name of STACK_COMPONENTS)
      await card(page, name)
        .getByText(/^(ready|running)$/)
        .waitFor();
    assert.equal(await invariants(page).count(), AUDITED_INVARIANTS.length);
    // A check of nothing proves nothing.
    const row = /^(Holds[^]*\s[\d,]+ checks?|Not shown[^]*\snothing to check) · /;
    for (const words of await invariants(page).allInnerTexts()) assert.match(words, row);
    assert.equal(await page.locator('figure canvas').count(), 4);
    const waiting = page.locator('figure').filter({ has: page.getByText('Waiting', { exact: true }) });
    assert.match(await waiting.locator('figcaption').innerText(), /undecided\s*0\s*outbox\s*0/);
  });

  it('shows that orders wait while Temporal is paused under load, and that all of them are decided afterwards', async () => {
    await using browser = await open();
    const { page } = browser;
    await page.getByLabel('Orders/s').fill('10');
    await page.getByLabel('Seconds', { exact: true }).fill('30');
    // By keyboard.
    await page.getByLabel('Seconds', { exact: true }).press('Enter');
    await page.getByText(/Placing: [1-9]/).waitFor({ timeout: 60_000 });
    await page.getByRole('radio', { name: '30 s' }).press('Space');
    await page.getByRole('button', { name: 'Pause temporal for 30 seconds' }).click();
    await card(page, 'temporal').getByText('paused', { exact: true }).waitFor();
    await page.getByText(/^temporal.* not ready$/).waitFor();
    await eventually(
      'orders to wait',
      async () => Number(await figure(page, 'Undecided')) > 20 && Number(await figure(page, 'Outbox')) > 20,
      { within: 60_000 },
    );
    await log(page).getByText('temporal is paused for 30 s.').waitFor();
    await log(page).getByText('temporal is resumed.').waitFor({ timeout: 60_000 });
    await log(page)
      .getByText(/^Load done: 300 orders acknowledged, 0 refused, 0 unanswered/)
      .waitFor({ timeout: 120_000 });
    await untilAllIsWell(page);
    // The figures are of the last reading: the last orders of the load may be under way in it.
    await eventually('no order to wait', async () => (await figure(page, 'Undecided')) === '0', {
      within: 60_000,
    });
    assert.equal(await figure(page, 'Dead letters'), '0');
  });

  it('shows that orders was killed and restarted, and that a second delivery of orders changes nothing', async () => {
    await using browser = await open();
    browser.expect(/status of 50[34]|net::ERR_/);
    const { page } = browser;
    await untilAllIsWell(page);
    await page.getByRole('button', { name: 'Kill orders' }).click();
    await log(page).getByText('orders died (killed by SIGKILL)').first().waitFor();
    await log(page).getByText('orders is back.').first().waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Deliver the last 20 twice' }).click();
    await log(page)
      .getByText(/The last \d+ rows/)
      .waitFor();
    await untilAllIsWell(page);
  });

  it('shows a load that another operator started, and stops it', async () => {
    await using browser = await open();
    const { page } = browser;
    await page.getByRole('button', { name: 'Start' }).waitFor();
    await stack()
      .client.as(randomUUID())
      .send({ method: 'POST', path: '/api/stack/load', body: { ratePerSecond: 1, seconds: 60 } });
    await page.getByRole('button', { name: 'Stop' }).press('Enter');
    await page.getByRole('button', { name: 'Start' }).waitFor({ timeout: 60_000 });
  });
});

describe('the system page without npm start', function () {
  this.timeout(LONG);
  const system = withSharedSystem();

  it('opens without a customer, keeps none, and leads to where one is chosen', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const { page } = browser;
    await page.goto('/system');
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
    await page.getByRole('link', { name: 'Choose a customer' }).click();
    await page.getByRole('heading', { name: 'Welcome to Gozon' }).waitFor();
    assert.equal(await page.getByRole('navigation', { name: 'Recent customers' }).count(), 0);
    await page.getByRole('link', { name: 'Look at the system without a customer' }).click();
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
  });

  it('shows a visitor an order that was found', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 40n, description: 'A visited lamp' });
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const { page } = browser;
    await page.goto('/system');
    const form = page.getByRole('form', { name: 'Find orders' });
    await form.getByLabel('Customer').fill(customer.userId);
    await form.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('link', { name: orderId.slice(-8) }).click();
    await page.getByRole('heading', { level: 1, name: 'A visited lamp' }).waitFor();
  });

  it('leads to the choice of a customer who leaves it', async () => {
    await using browser = await openDashboard(system(), await openCustomer(system(), 0n), {
      path: '/system',
    });
    const { page } = browser;
    await page.getByRole('button', { name: /^Customer/ }).click();
    await page.getByRole('menuitem', { name: 'Switch customer' }).click();
    await page.getByRole('heading', { name: 'Welcome to Gozon' }).waitFor();
  });

  it('has no controls, and shows the services', async () => {
    await using browser = await openDashboard(system(), await openCustomer(system(), 0n), {
      path: '/system',
    });
    const { page } = browser;
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Try it' }).count(), 0);
    assert.equal(await page.getByRole('list', { name: 'Processes' }).locator(':scope > li').count(), 4);
    await card(page, 'gateway').getByText('ready', { exact: true }).waitFor();
  });

  it('shows a stuck row, and retries it at once on request', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 100n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    await system().ordersDb.query(
      `update outbox set dispatched_at = null, attempts = 12, last_error = 'Temporal says no', due_at = now() + interval '1 hour'
       where order_id = $1`,
      [orderId],
    );
    await using browser = await openDashboard(system(), customer, { path: '/system' });
    const { page } = browser;
    const row = page.getByRole('row', { name: new RegExp(orderId.slice(-8)) });
    await row.getByText('stuck').waitFor();
    await row.getByText('Temporal says no').waitFor();
    await page
      .locator('dl')
      .getByText(/, \d+ stuck$/)
      .waitFor();
    await look(page, 'stuck');
    await page.getByRole('button', { name: 'Retry all now' }).click();
    await page.getByText('Say why').waitFor();
    await page.getByRole('textbox', { name: 'Why' }).fill('Temporal is back');
    await page.getByRole('button', { name: 'Retry all now' }).click();
    await page.getByText(/^\d+ rows? will be retried now\.$/).waitFor();
    await row.waitFor({ state: 'detached', timeout: 60_000 });
  });

  it('finds an order by its customer and status, which leads to its page, and shows what operators did', async () => {
    const customer = await openCustomer(system(), 100n);
    const { orderId } = await customer.placeOrder({ amount: 40n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    const operator = await openCustomer(system(), 0n);
    const reason = `asked by phone ${randomUUID()}`;
    await operator.send({
      method: 'POST',
      path: `/api/system/orders/${orderId}/cancel`,
      body: { reason, as: 'Ada' },
    });
    await eventually('it to be refunded', async () => (await customer.order(orderId)).status === 'refunded');
    await using browser = await openDashboard(system(), operator, { path: '/system' });
    const { page } = browser;
    const form = page.getByRole('form', { name: 'Find orders' });
    await form.getByLabel('Customer').fill('nobody');
    await form.getByRole('button', { name: 'Find' }).click();
    browser.expect(/status of 400/);
    await page.getByText('userId must be a UUID').waitFor();
    await form.getByLabel('Customer').fill(customer.userId);
    await form.getByLabel('Status').selectOption('paid');
    await form.getByRole('button', { name: 'Find' }).click();
    await page.getByText('No order fits all of what you entered.').waitFor();
    await form.getByLabel('Status').selectOption('refunded');
    await form.getByLabel('Placed from').fill('2020-01-01T00:00');
    await form.getByRole('button', { name: 'Find' }).click();
    const link = page
      .getByRole('table', { name: 'Orders that were found' })
      .getByRole('link', { name: orderId.slice(-8) });
    await link.waitFor();
    const action = page
      .getByRole('table', { name: 'What operators did' })
      .getByRole('row', { name: new RegExp(reason) });
    await action.getByRole('cell', { name: 'Ada', exact: true }).waitFor();
    await look(page, 'found');
    await link.click();
    await page.getByRole('heading', { level: 1, name: `Order ${orderId.slice(-8)}` }).waitFor();
    await page.getByRole('button', { name: /Operator: cancel/ }).waitFor();
  });

  it('redrives dead letters, and shows how many', async () => {
    const { name: topic } = PAYMENT_STATUS_TOPIC;
    await system().topics.produce(topic, [{ key: randomUUID(), value: 'no event at all' }]);
    await using browser = await openDashboard(system(), await openCustomer(system(), 0n), {
      path: '/system',
    });
    const { page } = browser;
    await eventually('it to be a dead letter', async () => Number(await figure(page, 'Dead letters')) > 0, {
      within: 60_000,
    });
    await page.getByRole('textbox', { name: 'Why' }).fill('It is mended');
    await page.getByRole('button', { name: 'Redrive dead letters' }).click();
    await page.getByText(/[1-9]\d* dead letters? (was|were) redriven\. \d+ rows? /).waitFor();
  });

  it('reports that workflows does not answer, keeps the last state, and recovers by itself', async () => {
    await using browser = await openDashboard(system(), await openCustomer(system(), 0n), {
      path: '/system',
    });
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
    await system().service('workflows').kill();
    await page.getByText('No answer').waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
    await system().service('workflows').start();
    await page.getByText('No answer').waitFor({ state: 'detached', timeout: 60_000 });
  });

  it('reports that it has nothing to show when workflows has not answered yet', async () => {
    const customer = await openCustomer(system(), 0n);
    await system().service('workflows').kill();
    await using browser = await openDashboard(system(), customer, { path: '/system' });
    browser.expect(/status of 50[34]/);
    await browser.page.getByText('We cannot show the system right now').waitFor({ timeout: 60_000 });
    await system().service('workflows').start();
    await browser.page.getByRole('heading', { name: 'Invariants' }).waitFor({ timeout: 60_000 });
  });
});

describe('the system page with identities that are checked', function () {
  this.timeout(LONG);
  const system = withSharedSystem();

  it('is for operators only, and tells other users so', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    await using gateway = await startExtraProcess(system(), 'gateway', {
      IDENTITY: 'jwt',
      JWT_ISSUER: 'https://issuer.example/',
      JWT_AUDIENCE: 'gozon',
      JWT_PUBLIC_KEY: await exportSPKI(publicKey),
    });
    const visit = async (roles: string[]) => {
      const token = await new SignJWT({ roles })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer('https://issuer.example/')
        .setAudience('gozon')
        .setSubject(randomUUID())
        .setExpirationTime('1 hour')
        .sign(privateKey);
      const browser = await openBrowser({ baseURL: gateway.url });
      await browser.page.goto('/system');
      await browser.page.getByLabel('Token').fill(token);
      await browser.page.getByRole('button', { name: 'Sign in' }).click();
      return browser;
    };
    await using customer = await visit([]);
    customer.expect(/status of 403/);
    await customer.page.getByText('This page is for operators').waitFor();
    await expectAccessible(customer.page);
    await using operator = await visit(['operator']);
    await operator.page.getByRole('heading', { name: 'Invariants' }).waitFor({ timeout: 60_000 });
    assert.equal(await operator.page.getByRole('heading', { name: 'Try it' }).count(), 0);
  });
});

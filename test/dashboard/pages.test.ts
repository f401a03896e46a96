import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Customer } from '#contracts/client.ts';
import { checkout } from '../../stack/folders.js';
import { expectAccessible } from '../kit/accessible.ts';
import { openBrowser } from '../kit/browser.ts';
import { openCustomer } from '../kit/customers.ts';
import { eventually } from '../kit/eventually.ts';
import { withSharedSystem } from '../kit/shared-system.ts';
import { openDashboard, orderRow } from './dashboard.ts';

/** Git ignores it; look at them after a change of how things look. */
const SCREENSHOTS = path.join(checkout, 'dashboard/screenshots');

const PHONE = { width: 375, height: 812 };
const DESK = { width: 1280, height: 900 };
const WALL = { width: 2560, height: 1200 };

// The browser also holds each page to its Content-Security-Policy: a violation fails the test.
describe('each page of the dashboard', function () {
  this.timeout(120_000);
  const system = withSharedSystem();
  before(() => mkdirSync(SCREENSHOTS, { recursive: true }));

  it('is for everyone, in light and dark, from phone to wall: the door', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl, viewport: DESK });
    await browser.page.goto('/');
    await browser.page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await look(browser.page, 'door');
  });

  it('… orders and account, with nothing in them', async () => {
    await using browser = await openDashboard(system(), system().client.as(crypto.randomUUID()), {
      viewport: DESK,
    });
    browser.expect(/status of 404/);
    await browser.page.getByText('No orders yet').waitFor();
    await browser.page.getByRole('heading', { name: 'Open your account' }).waitFor();
    await look(browser.page, 'newcomer');
  });

  it('… orders, statement, an order that was declined and one that was refunded', async () => {
    const customer = await openCustomer(system(), 25_000n);
    const { refunded } = await buyThings(customer);
    await using browser = await openDashboard(system(), customer, { viewport: DESK });
    const { page } = browser;
    await orderRow(page, 'A lamp', 'Refunded').waitFor();
    await look(page, 'orders');
    await page.getByRole('tab', { name: 'Statement' }).click();
    await page.getByRole('row', { name: /Refund/ }).waitFor();
    await look(page, 'statement');
    await page.getByRole('tab', { name: 'Orders' }).click();
    await orderRow(page, 'A grand piano', 'Declined').click();
    await page.getByRole('listitem').getByRole('button', { name: 'Declined: insufficient funds' }).waitFor();
    await look(page, 'declined');
    await page.goto(`/orders/${refunded}`);
    await page.getByRole('listitem').getByRole('button', { name: 'Refunded' }).waitFor();
    await look(page, 'refunded');
    await page
      .getByRole('button', { name: /partition/ })
      .first()
      .click();
    await page.getByLabel('Raw data').waitFor();
    await look(page, 'raw-data');
  });

  it('… the question before a refund', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n, description: 'A lamp' });
    await using browser = await openDashboard(system(), customer, {
      path: `/orders/${orderId}`,
      viewport: DESK,
    });
    await browser.page.getByRole('button', { name: 'Refund…' }).click();
    await browser.page.getByRole('dialog').getByRole('button', { name: 'Refund €20.00' }).waitFor();
    await look(browser.page, 'question');
  });

  it('… a link to nowhere, which the gateway answers with 404', async () => {
    const customer = await openCustomer(system(), 0n);
    await using browser = await openDashboard(system(), customer, { path: '/nowhere', viewport: DESK });
    browser.expect(/status of 404/);
    await browser.page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await look(browser.page, 'nowhere');
    const program = await fetch(`${system().client.baseUrl}/nowhere`);
    assert.match(program.headers.get('content-type') ?? '', /problem\+json/);
  });

  it('moves nothing that is there as it fills', async () => {
    const customer = await openCustomer(system(), 25_000n);
    const { refunded } = await buyThings(customer);
    for (const address of ['/', '/?view=statement', `/orders/${refunded}`]) {
      await using browser = await openDashboard(system(), customer, { path: '/nowhere', viewport: DESK });
      browser.expect(/status of 404/);
      const { page } = browser;
      await page.addInitScript(COUNT_SHIFTS);
      await page.goto(address);
      await page.getByText('€20.00').first().waitFor();
      await page.waitForLoadState('load');
      // Cumulative Layout Shift (web.dev/articles/cls), of which 0.1 is held for good.
      assert.ok(Number(await page.evaluate('globalThis.shifted')) < 0.01, `things move on ${address}`);
    }
  });

  it('can be used by keyboard alone', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    const { keyboard } = page;
    await page.getByLabel('Order amount').waitFor();
    await keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await keyboard.press('Enter');
    for (const expected of ['Top-up amount', 'Top up', 'Order amount']) {
      await keyboard.press('Tab');
      assert.equal(await focused(page), expected);
    }
    await keyboard.type('12');
    await keyboard.press('Enter');
    await page.getByRole('link', { name: /€12\.00.*Paid/ }).press('Enter');
    await page.getByRole('button', { name: 'Refund…' }).press('Enter');
    await page.getByRole('button', { name: 'Refund €12.00' }).press('Enter');
    await page.getByRole('button', { name: 'Refunded' }).waitFor();
    const event = page.getByRole('button', { name: /^partition/ }).first();
    await event.press('Enter');
    await page.getByLabel('Raw data').waitFor();
    await keyboard.press('Escape');
    await page.getByLabel('Raw data').waitFor({ state: 'detached' });
    assert.match(await focused(page), /^partition/);
  });

  it('needs under 250 kB of gzipped JavaScript, which browsers may keep for good', async () => {
    const customer = await openCustomer(system(), 0n);
    const { baseUrl } = system().client;
    const scripts = new Set<string>();
    await using browser = await openDashboard(system(), customer);
    browser.page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(request.url());
    });
    await browser.page.reload();
    await browser.page.getByText('No orders yet').waitFor();
    assert.ok(scripts.size > 0);
    let bytes = 0;
    for (const script of scripts) {
      const reply = await system().client.send({
        method: 'GET',
        path: script.slice(baseUrl.length),
        headers: { 'Accept-Encoding': 'gzip' },
      });
      assert.equal(reply.headers['content-encoding'], 'gzip');
      if (script.includes('/assets/')) assert.match(String(reply.headers['cache-control']), /immutable/);
      bytes += Number(reply.headers['content-length']);
    }
    assert.ok(bytes < 250_000, `${bytes} bytes`);
  });

  it('allows no script, style or connection but from itself', async () => {
    const { headers } = await fetch(system().client.baseUrl, { headers: { Accept: 'text/html' } });
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    for (const what of ['script', 'style', 'connect'])
      assert.match(policy, new RegExp(`${what}-src 'self'(;|$)`));
    assert.doesNotMatch(policy, /unsafe/);
  });
});

const COUNT_SHIFTS = `
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) globalThis.shifted += shift.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

/** Axe in both colour schemes; no page wider than its window; and pictures for people. */
async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await expectAccessible(page);
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  for (const [where, viewport] of Object.entries({ wall: WALL, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await eventually('the page to fit its window', async () => {
      const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      return Number(excess) <= 0;
    });
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${where}.png`), fullPage: true });
  }
  await expectAccessible(page);
  await page.setViewportSize(DESK);
}

async function buyThings(customer: Customer): Promise<{ refunded: string }> {
  for (const [amount, description] of [
    [1_999n, 'A book about ledgers'],
    [450n, 'Coffee'],
    [100_000n, 'A grand piano'],
    [7_400n, 'Two tickets for a concert, in the first row of the balcony'],
  ] as const) {
    await customer.placeOrder({ amount, description });
  }
  const { orderId } = await customer.placeOrder({ amount: 2_000n, description: 'A lamp' });
  const is = (status: string) => async () => (await customer.order(orderId)).status === status;
  await eventually('it to be paid', is('paid'));
  await customer.cancelOrder(orderId);
  await eventually('it to be refunded', is('refunded'));
  return { refunded: orderId };
}

/** The name of what has the keyboard's focus. */
async function focused(page: Page): Promise<string> {
  return String(
    await page.evaluate('const it = document.activeElement; (it.labels?.[0] ?? it).innerText.trim()'),
  );
}

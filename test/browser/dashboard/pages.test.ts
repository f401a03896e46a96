import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import type { Locator, Page } from 'playwright-core';
import { openBrowser } from '#test/support/browser/browser.ts';
import { DESK, lane, look, openDashboard, orderRow } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

// The browser also holds each page to its Content-Security-Policy: a violation fails the test.
describe('each page of the dashboard', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('is accessible and fits its window in light and dark, from phone to wall: sign-in', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl, viewport: DESK });
    await browser.page.goto('/');
    await browser.page.getByRole('heading', { name: 'Welcome to Gozon' }).waitFor();
    await look(browser.page, 'sign-in');
  });

  it('is accessible and fits: orders and account of a new customer', async () => {
    await using browser = await openDashboard(system(), system().client.as(crypto.randomUUID()));
    await browser.page.getByText('No orders yet').waitFor();
    await browser.page.getByRole('heading', { name: 'Open your account' }).waitFor();
    await look(browser.page, 'newcomer');
  });

  it('is accessible and fits: orders, statement, a declined order and a refunded one', async () => {
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
      .getByRole('button', { name: /^partition/ })
      .first()
      .click();
    await page.getByLabel('Raw data').waitFor();
    await look(page, 'raw-data');
  });

  it('is accessible and fits: the confirmation of a refund', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 2_000n, description: 'A lamp' });
    await using browser = await openDashboard(system(), customer, {
      path: `/orders/${orderId}`,
      viewport: DESK,
    });
    await browser.page.getByRole('button', { name: 'Refund all…' }).click();
    await browser.page.getByRole('dialog').getByRole('button', { name: 'Refund €20.00' }).waitFor();
    await look(browser.page, 'confirmation');
  });

  it('is accessible and fits: an order whose money is reserved, and the account that holds it', async () => {
    const customer = await openCustomer(system(), 25_000n);
    const orderId = await reserve(customer);
    await using browser = await openDashboard(system(), customer, { viewport: DESK });
    const { page } = browser;
    await orderRow(page, 'A lamp', 'Reserved').waitFor();
    await page.getByText('Reserved for orders').waitFor();
    await page.getByRole('radio', { name: 'Reserve and capture later' }).check();
    await page.getByLabel('Reserve for').waitFor();
    await look(page, 'account-with-hold');
    await page.goto(`/orders/${orderId}`);
    await page.getByRole('timer').waitFor();
    await lane(page, 'Temporal')
      .getByRole('button', { name: /^Waits until/ })
      .waitFor();
    await look(page, 'reserved');
    await page.getByRole('button', { name: 'Capture…' }).click();
    const question = page.getByRole('dialog', { name: 'Capture what is reserved?' });
    await question.getByRole('radio', { name: 'A part' }).check();
    await question.getByRole('button', { name: 'Capture', exact: true }).click();
    await question.getByText('Write an amount in EUR').waitFor();
    await look(page, 'capture');
  });

  it('is accessible and fits: an order that is captured in part and refunded in parts', async () => {
    const customer = await openCustomer(system(), 25_000n);
    const orderId = await reserve(customer);
    await customer.captureOrder(orderId, { amount: 1_200n });
    await using browser = await openDashboard(system(), customer, {
      path: `/orders/${orderId}`,
      viewport: DESK,
    });
    const { page } = browser;
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await lane(page, 'Temporal').getByRole('button', { name: 'Signal: capture' }).waitFor();
    await look(page, 'captured');
    await page.getByRole('button', { name: 'Refund a part…' }).click();
    await page.getByRole('dialog').getByLabel('Amount to refund').fill('5');
    await look(page, 'refund-part');
    await page.getByRole('button', { name: 'Keep the payment' }).click();
    await customer.refundOrder(orderId, { amount: 500n, reason: 'Scratched on its way to the customer' });
    await customer.refundOrder(orderId, { amount: 250n });
    const refunds = page.getByRole('region', { name: 'Refunds' }).getByRole('listitem');
    await eventually(
      'both refunds to be shown',
      async () => (await refunds.getByText('Returned').count()) === 2,
    );
    await page.getByRole('button', { name: '€7.50 refunded' }).waitFor();
    await look(page, 'refunded-in-parts');
  });

  it('is accessible and fits: an unknown page, which the gateway answers with 404', async () => {
    const customer = await openCustomer(system(), 0n);
    await using browser = await openDashboard(system(), customer, { path: '/nowhere', viewport: DESK });
    browser.expect(/status of 404/);
    await browser.page.getByRole('heading', { name: 'Page not found' }).waitFor();
    await look(browser.page, 'not-found');
    const program = await fetch(`${system().client.baseUrl}/nowhere`);
    assert.match(program.headers.get('content-type') ?? '', /problem\+json/);
  });

  it('shifts no content while it fills', async () => {
    const customer = await openCustomer(system(), 25_000n);
    const { refunded } = await buyThings(customer);
    const full: Record<string, (page: Page) => Locator> = {
      '/': (page) => orderRow(page, 'A lamp', 'Refunded'),
      '/?view=statement': (page) => page.getByRole('row', { name: /Refund/ }),
      [`/orders/${refunded}`]: (page) => lane(page, 'Ledger').getByRole('button').first(),
      '/system': (page) => page.getByRole('list', { name: 'Invariants' }).getByText('I1', { exact: true }),
    };
    for (const [address, last] of Object.entries(full)) {
      await using browser = await openDashboard(system(), customer, {
        path: address,
        viewport: DESK,
        before: COUNT_SHIFTS,
      });
      const { page } = browser;
      await last(page).waitFor();
      await page.waitForLoadState('load');
      // Cumulative Layout Shift: up to 0.1 counts as good (web.dev/articles/cls).
      assert.ok(Number(await page.evaluate('globalThis.shifted')) < 0.01, `content shifts on ${address}`);
    }
  });

  it("shows times in the viewer's zone, to the millisecond on hover", async () => {
    const customer = await openCustomer(system(), 0n);
    const { createdAt } = await customer.placeOrder({ amount: 100n, description: 'A lamp' });
    await using browser = await openDashboard(system(), customer, { timezoneId: 'Asia/Tokyo' });
    const time = orderRow(browser.page, 'A lamp', '').locator('time');
    const inTokyo = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', ...options }).format(new Date(createdAt));
    assert.match(
      (await time.textContent()) ?? '',
      new RegExp(inTokyo({ hour: '2-digit', minute: '2-digit' })),
    );
    const exact = await time.getAttribute('title');
    assert.match(exact ?? '', /Japan Standard Time$/);
    assert.ok(exact?.includes(inTokyo({ timeStyle: 'medium' }) + createdAt.slice(19, 23)), exact ?? '');
  });

  it('can be used by keyboard alone', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    const { keyboard } = page;
    await page.getByLabel('Order amount').waitFor();
    await keyboard.press('Tab');
    await untilFocused(page, /^Skip to content$/);
    await keyboard.press('Enter');
    for (const expected of ['Top-up amount', 'Top up', 'Order amount']) {
      await keyboard.press('Tab');
      await untilFocused(page, new RegExp(`^${expected}$`));
    }
    await keyboard.type('12');
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('link', { name: /€12\.00.*Paid/ }));
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Refund all…' }));
    await keyboard.press('Enter');
    // A dialog takes the focus a moment after it is shown, and puts it where Enter does no harm.
    await untilFocused(page, /^Keep the order$/);
    await tabTo(page, page.getByRole('button', { name: 'Refund €12.00' }));
    await keyboard.press('Enter');
    await page.getByRole('button', { name: 'Refunded' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: /^partition/ }).first());
    await keyboard.press('Enter');
    await untilFocused(page, /"component": "kafka"/);
    await keyboard.press('Escape');
    await page.getByLabel('Raw data').waitFor({ state: 'detached' });
    await untilFocused(page, /^partition/);
  });

  it('paints its first view, with an empty cache, before it has any data', async () => {
    const customer = await openCustomer(system(), 0n);
    await using browser = await openDashboard(system(), customer, {
      before: NOTE_FIRST_VIEW + ASK_ONCE_PAINTED,
    });
    const [painted, filled] = await browser.page.evaluate<[number, number]>(
      'Promise.all([globalThis.painted, globalThis.filled])',
    );
    console.log(`        painted after ${Math.round(painted)} ms, filled after ${Math.round(filled)} ms`);
    assert.ok(painted <= filled, `${painted} ms and ${filled} ms`);
  });

  it('needs under 250 kB of gzipped JavaScript, which browsers may cache indefinitely', async () => {
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

  it('brings the licences of the packages that are bundled into it', async () => {
    const text = await (await fetch(`${system().client.baseUrl}/licenses.md`)).text();
    for (const name of ['react', '@mantine/core', 'uplot'])
      assert.match(text, new RegExp(`^## ${name} - .*\\(MIT\\)$`, 'm'));
    assert.match(text, /Permission is hereby granted/);
  });

  it('allows scripts, styles and connections from its own origin only', async () => {
    const { headers } = await fetch(system().client.baseUrl, { headers: { Accept: 'text/html' } });
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    for (const what of ['script', 'style', 'connect'])
      assert.match(policy, new RegExp(`${what}-src 'self'(;|$)`));
    assert.doesNotMatch(policy, /unsafe/);
  });
});

const NOTE_FIRST_VIEW = `
  globalThis.painted = new Promise((done) => {
    new PerformanceObserver((list) => {
      for (const { startTime } of list.getEntriesByName('first-contentful-paint')) done(startTime);
    }).observe({ type: 'paint', buffered: true });
  });
  globalThis.filled = new Promise((done) => {
    const look = () => {
      if (document.body?.textContent.includes('No orders yet')) done(performance.now());
      else requestAnimationFrame(look);
    };
    look();
  });
`;

/** Requests for data are held back until something is painted: a page that waits for them first stays empty. */
const ASK_ONCE_PAINTED = `
  const send = globalThis.fetch;
  globalThis.fetch = async (...request) => {
    await globalThis.painted;
    return send(...request);
  };
`;

const COUNT_SHIFTS = `
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) globalThis.shifted += shift.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

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

/** An order that is reserved, and whose workflow waits. */
async function reserve(customer: Customer): Promise<string> {
  const { orderId } = await customer.placeOrder({
    amount: 2_000n,
    description: 'A lamp',
    captureMethod: 'manual',
    captureWithin: 3 * 86_400,
  });
  await eventually('it to be reserved', async () => (await customer.order(orderId)).status === 'authorized');
  return orderId;
}

/** Waits until the focused element has such a name. */
async function untilFocused(page: Page, name: RegExp): Promise<void> {
  await eventually(`the focus to be on ${name}`, async () => {
    const focused = 'const it = document.activeElement; (it.labels?.[0] ?? it).innerText.trim()';
    assert.match(String(await page.evaluate(focused)), name);
    return true;
  });
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  await eventually(`Tab to reach ${target.toString()}`, async () => {
    await page.keyboard.press('Tab');
    return target.and(page.locator(':focus')).isVisible();
  });
}

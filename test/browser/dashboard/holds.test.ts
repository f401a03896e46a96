import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import type { Page } from 'playwright-core';
import { lane, openDashboard, orderRow } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the dashboard, for an order whose money is reserved', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('reserves, captures a part, shows that the rest is released, and refunds in parts', async () => {
    const customer = await openCustomer(system(), 10_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    await page.getByLabel('Order amount').fill('20');
    await page.getByLabel('What for').fill('A lamp');
    await page.getByRole('radio', { name: 'Reserve and capture later' }).check();
    await page.getByLabel('Reserve for').selectOption('1 hour');
    await page.getByRole('button', { name: 'Place order for €20.00' }).click();
    await orderRow(page, 'A lamp', 'Reserved').waitFor();
    await part(page, 'Reserved for orders', '€20.00').waitFor();
    await part(page, 'Available', '€80.00').waitFor();
    await page.getByText('€100.00', { exact: true }).waitFor();

    await orderRow(page, 'A lamp', 'Reserved').click();
    await page.getByText('€20.00 is reserved').waitFor();
    await left(page, /^(59\smin\s\d\d\ss|1\sh\s00\smin) left$/).waitFor();
    await lane(page, 'Temporal')
      .getByRole('button', { name: /^Waits until .*, for .* now$/ })
      .waitFor();
    await lane(page, 'Ledger').getByRole('button', { name: '+€20.00 held' }).waitFor();

    await page.getByRole('button', { name: 'Capture…' }).click();
    const question = page.getByRole('dialog', { name: 'Capture what is reserved?' });
    await question.getByRole('radio', { name: 'A part' }).check();
    await question.getByLabel('Amount to capture').fill('20.01');
    await question.getByRole('button', { name: 'Capture' }).click();
    await question.getByText('At most €20.00, which is reserved').waitFor();
    await question.getByLabel('Amount to capture').fill('12');
    await question.getByText('The other €8.00 will be released.').waitFor();
    await question.getByRole('button', { name: 'Capture €12.00' }).dblclick();
    await question.waitFor({ state: 'detached' });
    await fact(page, 'Captured', '€12.00').waitFor();
    await fact(page, 'Released', '€8.00').waitFor();
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await lane(page, 'Temporal').getByRole('button', { name: 'Signal: capture' }).waitFor();
    await lane(page, 'Relay')
      .getByTitle(/^The workflow had started before, and waits/)
      .waitFor();
    await untilWaitEndsAtSignal(page);
    for (const posting of ['-€12.00 held', '+€12.00 sales', '-€8.00 held', '+€8.00 customer'])
      await lane(page, 'Ledger').getByRole('button', { name: posting }).waitFor();
    await page.getByText('is reserved').waitFor({ state: 'detached' });

    await refundPart(page, '5', 'Scratched');
    await refund(page, /€5\.00\s*Scratched\s*Returned/).waitFor();
    await fact(page, 'Refunded', '€5.00').waitFor();
    await page.getByRole('button', { name: 'Refund the rest…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refund €7.00' }).click();
    await refund(page, /€7\.00\s*Returned/).waitFor();
    await lane(page, 'Order').getByRole('button', { name: 'Refunded', exact: true }).waitFor();

    await page.getByRole('link', { name: 'All orders' }).click();
    await orderRow(page, 'A lamp', 'Refunded').waitFor();
    await page.getByText('€100.00', { exact: true }).waitFor();
    await page.getByText('Reserved for orders').waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Statement' }).click();
    await page.getByRole('row', { name: /Reserved .* -€20\.00 €80\.00/ }).waitFor();
    await page.getByRole('row', { name: /Released .* \+€8\.00 €88\.00/ }).waitFor();
    const { balance, held, available } = await customer.account();
    assert.deepEqual([balance, held, available], [10_000n, 0n, 10_000n]);
  });

  it('counts down to the end of a hold, and shows that what was reserved is available again', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await reserve(customer, 6);
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    await left(page, /^[1-6]\ss left$/).waitFor();
    await page.getByText('It was not captured in time.').waitFor();
    await lane(page, 'Order').getByRole('button', { name: 'Hold ended' }).waitFor();
    await lane(page, 'Order').getByRole('button', { name: 'Cancelled' }).waitFor();
    await lane(page, 'Temporal')
      .getByRole('button', { name: /^Waited to the end/ })
      .first()
      .waitFor();
    for (const action of ['Capture…', 'Release…'])
      assert.equal(await page.getByRole('button', { name: action }).count(), 0);
    const { held, available } = await customer.account();
    assert.deepEqual([held, available], [0n, 5_000n]);
  });

  for (const hours of [-1, 1]) {
    it(`counts down by the server's clock when the browser's is ${hours} h off`, async () => {
      const customer = await openCustomer(system(), 5_000n);
      const orderId = await reserve(customer, 1_800);
      await using browser = await openDashboard(system(), customer);
      const { page } = browser;
      await page.clock.install({ time: Date.now() + hours * 3_600_000 });
      await page.goto(`/orders/${orderId}`);
      await left(page, /^(29\smin\s\d\d|30\smin\s00)\ss left$/).waitFor();
      await page.getByRole('button', { name: 'Capture…' }).waitFor();
    });
  }

  it('releases what is reserved, after asking', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await reserve(customer, 3_600);
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    await page.getByRole('button', { name: 'Release…' }).click();
    const question = page.getByRole('dialog', { name: 'Release what is reserved?' });
    await question.getByRole('button', { name: 'Release €20.00' }).click();
    await lane(page, 'Order').getByRole('button', { name: 'Cancelled' }).waitFor();
    await lane(page, 'Temporal').getByRole('button', { name: 'Signal: release' }).waitFor();
    await fact(page, 'Released', '€20.00').waitFor();
    const { held, available } = await customer.account();
    assert.deepEqual([held, available], [0n, 5_000n]);
  });

  it('captures and refunds once when the answer to the first request is lost', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await reserve(customer, 3_600);
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    browser.expect(/net::ERR_CONNECTION_RESET/);
    const { page } = browser;
    const lost = new Set<string>();
    await page.route(/\/(capture|refunds)$/, async (route) => {
      const request = route.request();
      if (request.method() !== 'POST' || lost.has(request.url())) return route.continue();
      lost.add(request.url());
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Capture…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Capture €20.00' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await refundPart(page, '3', 'Twice?');
    await refund(page, /€3\.00.*Returned/).waitFor();
    assert.equal(lost.size, 2);
    assert.equal((await customer.refunds(orderId)).items.length, 1);
    assert.equal((await customer.account()).balance, 3_300n);
  });

  it("says in the API's words why a capture or a refund is refused", async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await reserve(customer, 3_600);
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    browser.expect(/status of 4(09|22)/);
    const { page } = browser;
    await page.getByRole('button', { name: 'Capture…' }).click();
    const question = page.getByRole('dialog');
    await question.getByRole('button', { name: 'Capture €20.00' }).waitFor();
    await customer.captureOrder(orderId, { amount: 1_000n });
    await question.getByRole('button', { name: 'Capture €20.00' }).click();
    await question.getByText('The order was captured before.').waitFor();
    await question.getByRole('button', { name: 'Not now' }).click();

    await page.getByRole('button', { name: 'Refund a part…' }).click();
    await question.getByLabel('Amount to refund').fill('6');
    // The page has not read of a refund that somebody else makes meanwhile.
    await page.route('**/refunds', async (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    browser.expect(/net::ERR_FAILED/);
    await customer.refundOrder(orderId, { amount: 500n });
    await question.getByRole('button', { name: 'Refund €6.00' }).click();
    // The API's refusal, and what the page then knows itself: either may come first.
    await question
      .getByText(/More than is left of the payment|At most €5\.00, which is left/)
      .first()
      .waitFor();
    assert.equal((await customer.refunds(orderId)).items.length, 1);
  });

  it('warns when an order is more than is available, though the balance would cover it', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await reserve(customer, 3_600);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    await part(page, 'Available', '€30.00').waitFor();
    await page.getByLabel('Order amount').fill('30.01');
    await page.getByText('More than you have available').waitFor();
  });
});

async function reserve(customer: Customer, captureWithin: number): Promise<string> {
  const { orderId } = await customer.placeOrder({
    amount: 2_000n,
    description: 'A lamp',
    captureMethod: 'manual',
    captureWithin,
  });
  await eventually(
    'it to be authorized',
    async () => (await customer.order(orderId)).status === 'authorized',
  );
  return orderId;
}

/** The bar of the wait goes to where the signal is drawn. */
async function untilWaitEndsAtSignal(page: Page): Promise<void> {
  const edges = async (name: RegExp) => {
    const entry = lane(page, 'Temporal').getByRole('button', { name }).locator('span').first();
    const { x = 0, width = 0 } = (await entry.boundingBox()) ?? {};
    return { x, end: x + width };
  };
  await eventually('the wait to end at its signal', async () => {
    const [wait, signal] = [await edges(/^Waited/), await edges(/^Signal: capture/)];
    return Math.abs(wait.end - signal.end) <= 1;
  });
}

/** What is left of a hold. */
function left(page: Page, words: RegExp) {
  return page.getByRole('timer').filter({ hasText: words });
}

/** A part of the balance, by its name. */
function part(page: Page, name: string, money: string) {
  return page.locator('dl > div').filter({ hasText: name }).getByText(money, { exact: true });
}

/** A fact of the order's page, by its name. */
function fact(page: Page, name: string, value: string) {
  return page
    .locator('dl > div')
    .filter({ has: page.locator('dt', { hasText: name }) })
    .getByText(value, { exact: true });
}

function refund(page: Page, words: RegExp) {
  return page.getByRole('region', { name: 'Refunds' }).getByRole('listitem').filter({ hasText: words });
}

async function refundPart(page: Page, amount: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Refund a part…' }).click();
  const question = page.getByRole('dialog', { name: 'Refund a part of this order?' });
  await question.getByLabel('Amount to refund').fill(amount);
  await question.getByLabel('Reason').fill(reason);
  await question.getByRole('button', { name: /^Refund €/ }).click();
  await question.waitFor({ state: 'detached' });
}

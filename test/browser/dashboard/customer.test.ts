import assert from 'node:assert/strict';
import { openBrowser } from '#test/support/browser/browser.ts';
import { openDashboard, orderRow, placeByForm } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the dashboard, for a customer', function () {
  this.timeout(90_000);
  const system = withSharedSystem();

  it('takes a new customer from opening an account to a paid order without reloading the page', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const { page } = browser;
    await page.goto('/');
    await page.evaluate('globalThis.firstDocument = true');
    await page.getByRole('button', { name: 'Continue as a new customer' }).click();
    await page.getByRole('button', { name: 'Open account' }).click();
    await page.getByLabel('Top-up amount').fill('100');
    await page.getByRole('button', { name: 'Top up' }).click();
    await page.getByText('€100.00 added').waitFor();
    await placeByForm(page, '19,99', 'A book');
    await orderRow(page, 'A book', 'Paid').waitFor();
    await page.getByText('€80.01', { exact: true }).waitFor();

    await page.getByRole('tab', { name: 'Statement' }).click();
    await page.getByRole('row', { name: /Payment .* -€19\.99 €80\.01/ }).waitFor();
    await page.getByRole('row', { name: /Top-up \+€100\.00 €100\.00/ }).waitFor();
    assert.equal(await page.evaluate('globalThis.firstDocument'), true);
  });

  it('accepts an amount as people write it, and refuses an ambiguous one', async () => {
    const customer = await openCustomer(system(), 500_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    const amount = page.getByLabel('Order amount');
    const button = page.getByRole('button', { name: /^Place order/ });
    for (const [written, refusal] of [
      ['', 'Write an amount in EUR'],
      ['1,234', 'EUR has 2 digits after the point'],
      ['0.00', 'more than zero'],
      ['ten', 'Write an amount in EUR'],
      ['99999999999999', 'more than one order or top-up can move'],
    ] as const) {
      await amount.fill(written);
      await button.click();
      await page.getByText(refusal).waitFor();
    }
    assert.deepEqual((await customer.orders()).items, []);
    await amount.fill('1 234.5');
    await page.getByRole('button', { name: 'Place order for €1,234.50' }).click();
    await page.getByRole('link', { name: /€1,234\.50.*Paid/ }).waitFor();
  });

  it('explains in words why an order was declined', async () => {
    const customer = await openCustomer(system(), 1_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    await page.getByLabel('Order amount').fill('10.01');
    await page.getByText('More than you have available').waitFor();
    await placeByForm(page, '10.01', 'Too dear');
    await orderRow(page, 'Too dear', 'Declined').click();
    await page.getByText('Your balance did not cover it, and nothing was taken.').waitFor();
    assert.equal((await customer.account()).balance, 1_000n);
  });

  it('places one order for a double click, and one for two submits in an instant', async () => {
    const customer = await openCustomer(system(), 10_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    await page.getByLabel('Order amount').fill('5');
    await page.getByRole('button', { name: /^Place order for/ }).dblclick();
    await page.getByRole('link', { name: /€5\.00.*Paid/ }).waitFor();
    assert.equal((await customer.orders()).items.length, 1);

    await page.getByLabel('Order amount').fill('6');
    await page.getByRole('button', { name: /^Place order for/ }).waitFor();
    await page.evaluate(
      'const form = [...document.forms].at(-1); form.requestSubmit(); form.requestSubmit()',
    );
    await page.getByRole('link', { name: /€6\.00.*Paid/ }).waitFor();
    assert.equal((await customer.orders()).items.length, 2);
  });

  it('places one order when the answer to the first request is lost', async () => {
    const customer = await openCustomer(system(), 10_000n);
    await using browser = await openDashboard(system(), customer);
    browser.expect(/net::ERR_CONNECTION_RESET/);
    const { page } = browser;
    let lost = 0;
    await page.route('**/api/orders', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      await route.abort('connectionreset');
    });
    await placeByForm(page, '7', 'Once');
    await orderRow(page, 'Once', 'Paid').waitFor();
    assert.equal(lost, 1);
    assert.equal((await customer.orders()).items.length, 1);
  });

  it('refunds a paid order after asking, and shows that the money is returned', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer);
    const { page } = browser;
    await placeByForm(page, '20', 'A lamp');
    await orderRow(page, 'A lamp', 'Paid').click();
    await page.getByRole('button', { name: 'Refund all…' }).click();
    const question = page.getByRole('dialog', { name: 'Refund all of this order?' });
    await question.getByRole('button', { name: 'Keep the order' }).click();
    await question.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Refund all…' }).click();
    await question.getByRole('button', { name: 'Refund €20.00' }).click();
    await page.getByRole('button', { name: 'Refunded' }).waitFor();
    await page.getByRole('link', { name: 'All orders' }).click();
    await page.getByText('€50.00', { exact: true }).waitFor();
  });

  it('cancels an order that is waiting', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer);
    // The system cannot be asked for its state while workflows is suspended.
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    system().service('workflows').suspend();
    await placeByForm(page, '20', 'A chair');
    await orderRow(page, 'A chair', 'Processing').click();
    await page.getByRole('button', { name: 'Cancel order…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
    await page.getByText('Cancelling').waitFor();
    system().service('workflows').resume();
    // Whichever of payment and cancel comes first, nothing stays taken.
    await page.getByRole('heading', { level: 1 }).getByText('A chair').waitFor();
    await page
      .getByText(/^(Cancelled|Refunded)$/)
      .first()
      .waitFor({ timeout: 60_000 });
    assert.equal((await customer.account()).balance, 5_000n);
  });

  it('filters orders by a URL that can be linked to, and reads the next page at the end of the list', async () => {
    const customer = await openCustomer(system(), 100n);
    for (let order = 1n; order <= 35n; order += 1n) {
      await customer.placeOrder({
        amount: order === 1n ? 1n : 1_000n + order,
        description: `Order ${order}`,
      });
    }
    await using browser = await openDashboard(system(), customer);
    // This many orders are near the rate limit of one customer. The page retries.
    browser.expect(/status of 429/);
    const { page } = browser;
    await orderRow(page, 'Order 35', 'Declined').waitFor();
    await page.mouse.wheel(0, 20_000);
    await orderRow(page, 'Order 1', 'Paid').waitFor();
    await page.getByRole('radiogroup', { name: 'Which orders' }).getByText('Paid').click();
    await page.waitForURL('**/?status=paid');
    const shown = page.getByRole('list', { name: 'Orders' }).getByRole('listitem');
    await eventually('only the paid one to be shown', async () => (await shown.count()) === 1);
    await orderRow(page, 'Order 1', 'Paid').waitFor();
    await page.reload();
    await orderRow(page, 'Order 1', 'Paid').waitFor();
  });
});

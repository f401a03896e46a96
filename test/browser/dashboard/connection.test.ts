import { openDashboard, orderRow, placeByForm } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

describe('the dashboard, when connections fail', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('reports a broken stream, resumes it by itself, and shows what changed in the meantime', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer);
    browser.expect(/status of 50[34]|net::ERR_/);
    const { page } = browser;
    system().service('workflows').suspend();
    await placeByForm(page, '20', 'A chair');
    await orderRow(page, 'A chair', 'Processing').waitFor();
    await system().links.gatewayToOrders.cut();
    await page.getByText('Reconnecting').waitFor();
    system().service('workflows').resume();
    await system().links.gatewayToOrders.heal();
    await orderRow(page, 'A chair', 'Paid').waitFor({ timeout: 60_000 });
    await page.getByText('Reconnecting').waitFor({ state: 'detached', timeout: 60_000 });
    await customer.placeOrder({ amount: 100n, description: 'By another way' });
    await orderRow(page, 'By another way', 'Paid').waitFor();
  });

  it('reports that it is offline, keeps its data, and continues when it is online again', async () => {
    const customer = await openCustomer(system(), 5_000n);
    // The stream is in the tab then, which Playwright can put offline. A SharedWorker it cannot.
    await using browser = await openDashboard(system(), customer, {
      before: 'delete globalThis.SharedWorker;',
    });
    browser.expect(/net::ERR_/);
    const { page, context } = browser;
    await placeByForm(page, '20', 'A chair');
    await orderRow(page, 'A chair', 'Paid').waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline').waitFor();
    await orderRow(page, 'A chair', 'Paid').waitFor();
    await customer.placeOrder({ amount: 100n, description: 'Meanwhile' });
    await context.setOffline(false);
    await page.getByText('You are offline').waitFor({ state: 'detached', timeout: 60_000 });
    await orderRow(page, 'Meanwhile', 'Paid').waitFor();
  });

  it('reports what it cannot show while orders is down, and shows it afterwards', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await system().links.gatewayToOrders.cut();
    await using browser = await openDashboard(system(), customer);
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    await page.getByText('We cannot show your orders right now').waitFor({ timeout: 60_000 });
    await page.getByText('€50.00', { exact: true }).waitFor();
    await system().links.gatewayToOrders.heal();
    await page.getByText('No orders yet').waitFor({ timeout: 60_000 });
  });

  it('reports that balance and statement may be out of date while payments is down, and reads them afterwards', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer, { path: '/?view=statement' });
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    await page.getByRole('row', { name: /Top-up/ }).waitFor();
    await system().links.gatewayToPayments.cut();
    await customer.placeOrder({ amount: 2_000n });
    await page.getByText('Your balance may be out of date').waitFor({ timeout: 60_000 });
    await page.getByText('Your statement may be out of date').waitFor({ timeout: 60_000 });
    await page.getByText('€50.00', { exact: true }).first().waitFor();
    await system().links.gatewayToPayments.heal();
    await page.getByText('€30.00', { exact: true }).first().waitFor({ timeout: 60_000 });
    await page.getByRole('row', { name: /Payment/ }).waitFor({ timeout: 60_000 });
    await page.getByText('may be out of date').first().waitFor({ state: 'detached' });
  });

  it('reports that the next page of a list cannot be read, and reads it on request', async () => {
    const customer = await openCustomer(system(), 0n);
    for (let order = 1; order <= 35; order += 1)
      await customer.placeOrder({ amount: 100n, description: `Order ${order}` });
    await using browser = await openDashboard(system(), customer);
    browser.expect(/status of (429|503)|net::ERR_/);
    const { page } = browser;
    const later = /\/api\/orders\?.*cursor=/;
    await page.route(later, async (route) => route.abort('connectionreset'));
    await orderRow(page, 'Order 35', 'Declined').waitFor();
    await page.mouse.wheel(0, 20_000);
    await page.getByText('Older orders cannot be read right now').waitFor({ timeout: 60_000 });
    await page.unroute(later);
    await page.getByRole('button', { name: 'Try again' }).click();
    await orderRow(page, 'Order 1 ', 'Declined').waitFor();
  });
});

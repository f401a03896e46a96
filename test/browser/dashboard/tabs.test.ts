import assert from 'node:assert/strict';
import { openBrowser } from '#test/support/browser/browser.ts';
import { openDashboard, orderRow, placeByForm } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

// A browser opens six connections to an origin over HTTP/1.1, for all tabs together.
describe('the dashboard, in many tabs of one browser', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('shows each change in each of eight tabs, also after the first is closed and after their common stream ended', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer);
    const { page, context } = browser;
    const tabs = [page];
    for (let tab = 2; tab <= 8; tab += 1) {
      const another = await context.newPage();
      await another.goto('/');
      await another.getByText('No orders yet').waitFor();
      tabs.push(another);
    }
    const paidInEach = async (description: string) =>
      Promise.all(tabs.map(async (tab) => orderRow(tab, description, 'Paid').waitFor({ timeout: 60_000 })));
    await placeByForm(page, '5', 'A chair');
    await paidInEach('A chair');

    tabs.shift();
    await page.close();
    await customer.placeOrder({ amount: 100n, description: 'A table' });
    await paidInEach('A table');

    // As when the process crashes that runs the worker of all tabs.
    const devtools = await context.browser()?.newBrowserCDPSession();
    assert.ok(devtools);
    const { targetInfos } = await devtools.send('Target.getTargets');
    const workers = targetInfos.filter(({ type }) => type === 'shared_worker');
    for (const { targetId } of workers) await devtools.send('Target.closeTarget', { targetId });
    await customer.placeOrder({ amount: 100n, description: 'A lamp' });
    await paidInEach('A lamp');
  });

  it('shows changes in seven tabs of seven customers, who cannot have a stream each', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const shown = [];
    for (let tab = 1; tab <= 7; tab += 1) {
      const customer = await openCustomer(system(), 5_000n);
      const page = await browser.context.newPage();
      await page.addInitScript(
        `if (location.origin !== 'null') localStorage.setItem('gozon.identity', '${customer.userId}')`,
      );
      await page.goto('/');
      await page.getByText('No orders yet').waitFor();
      shown.push({ page, customer });
    }
    await Promise.all(
      shown.map(async ({ page, customer }) => {
        await customer.placeOrder({ amount: 100n, description: 'A chair' });
        await orderRow(page, 'A chair', 'Paid').waitFor({ timeout: 60_000 });
      }),
    );
  });

  it('keeps in each tab the customer that was chosen there', async () => {
    const [one, other] = [await openCustomer(system(), 100n), await openCustomer(system(), 200n)];
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const { page, context } = browser;
    const tabs = [page, await context.newPage()] as const;
    for (const [tab, { userId }] of [
      [tabs[0], one],
      [tabs[1], other],
    ] as const) {
      await tab.goto('/');
      if (tab !== page) {
        await tab.getByRole('button', { name: `Customer ${one.userId}` }).click();
        await tab.getByRole('menuitem', { name: 'Switch customer' }).click();
      }
      await tab.getByLabel('Or enter a customer id').fill(userId);
      await tab.getByRole('button', { name: 'Continue', exact: true }).click();
      await tab.getByRole('button', { name: `Customer ${userId}` }).waitFor();
    }
    await page.reload();
    await page.getByText('€1.00', { exact: true }).waitFor();
  });
});

import { openBrowser } from '#test/support/browser/browser.ts';
import { openDashboard, orderRow, placeByForm } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

const NO_STORAGE = `for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('refused', 'SecurityError'); } });
}`;

describe('the dashboard, in an unusual browser', function () {
  this.timeout(90_000);
  const system = withSharedSystem();

  it('shows every page in a language that Intl refuses', async () => {
    const customer = await openCustomer(system(), 5_000n);
    // Chromium reports it under LANG=C.
    await using browser = await openDashboard(system(), customer, { locale: 'en-US@posix' });
    const { page } = browser;
    await placeByForm(page, '20', 'A chair');
    await orderRow(page, 'A chair', 'Paid').click();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await page.getByRole('link', { name: 'System' }).click();
    await page.locator('figure canvas').first().waitFor();
  });

  it('accepts an amount in the digits of the language', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer, { locale: 'ar-EG' });
    const { page } = browser;
    await placeByForm(page, '١٢٫٥', 'A chair');
    await orderRow(page, 'A chair', 'Paid').waitFor();
  });

  it('can be used where storage is refused', async () => {
    await using browser = await openBrowser({ baseURL: system().client.baseUrl });
    const { page } = browser;
    await page.addInitScript(NO_STORAGE);
    await page.goto('/');
    await page.getByRole('button', { name: 'Continue as a new customer' }).click();
    await page.getByRole('button', { name: 'Open account' }).click();
    await page.getByLabel('Top-up amount').waitFor();
  });
});

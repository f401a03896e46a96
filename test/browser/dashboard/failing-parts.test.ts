import assert from 'node:assert/strict';
import { expectAccessible } from '#test/support/browser/accessible.ts';
import { openDashboard } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const CHUNK = '**/assets/system-page-*.js';

describe('the dashboard, when a part of it fails', function () {
  this.timeout(90_000);
  const system = withSharedSystem();
  const open = async () => openDashboard(system(), await openCustomer(system(), 5_000n));

  it('loads the new version when a page of its own version is gone', async () => {
    await using browser = await open();
    browser.expect(/status of 404|Failed to fetch dynamically|MIME type|LoadError/);
    const { page } = browser;
    await page.getByText('No orders yet').waitFor();
    await page.evaluate('globalThis.firstDocument = true');
    // As after a deployment: the chunk is gone, and the page at / names another entry.
    let deployed = false;
    await page.route(CHUNK, async (route) => (deployed ? route.continue() : route.fulfill({ status: 404 })));
    await page.route('**/', async (route) => {
      deployed = true;
      await route.fulfill({ contentType: 'text/html', body: '<script src="/assets/index-new.js"></script>' });
    });
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
    await page.waitForFunction('globalThis.firstDocument === undefined');
  });

  it('says that a new version is there when the page that it reloaded once is outdated again', async () => {
    await using browser = await open();
    browser.expect(/status of 404|Failed to fetch dynamically|MIME type|LoadError/);
    const { page } = browser;
    await page.getByText('No orders yet').waitFor();
    // As where copies of two versions take turns: the page is never of the version that has its chunk.
    await page.route(CHUNK, async (route) => route.fulfill({ status: 404 }));
    await page.route('**/', async (route) =>
      route.fulfill({ contentType: 'text/html', body: '<script src="/assets/index-new.js"></script>' }),
    );
    const loads: string[] = [];
    page.on('domcontentloaded', () => loads.push(page.url()));
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('button', { name: 'Reload' }).waitFor();
    await page.getByText('A new version of Gozon is there, and you have the one before.').waitFor();
    await eventually('the page to have reloaded once', () => loads.length === 1);
    await page.getByRole('link', { name: 'Orders' }).click();
    await page.getByText('No orders yet').waitFor();
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('button', { name: 'Reload' }).waitFor();
    assert.equal(loads.length, 1);
    await page.unroute(CHUNK);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
  });

  it('says that a new version was deployed under an open page, when its stream is back', async () => {
    await using browser = await open();
    browser.expect(/net::ERR_|status of 50[234]/);
    const { page } = browser;
    await page.getByText('No orders yet').waitFor();
    await page.getByLabel('What for').fill('A chair');
    await page.route('**/', async (route) =>
      route.fulfill({ contentType: 'text/html', body: '<script src="/assets/index-new.js"></script>' }),
    );
    await system().links.gatewayToOrders.cut();
    await page.getByText('Reconnecting').waitFor({ timeout: 60_000 });
    await system().links.gatewayToOrders.heal();
    await page.getByText('A new version of Gozon is there').waitFor({ timeout: 60_000 });
    await page.getByText('Reconnecting').waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('What for').inputValue(), 'A chair');
    await expectAccessible(page);
    await page.unroute('**/');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('A new version of Gozon is there').waitFor({ state: 'detached' });
    await page.getByText('No orders yet').waitFor();
  });

  it('says that a page cannot be loaded, keeps its other pages, and tries again on request', async () => {
    await using browser = await open();
    browser.expect(/net::ERR_|Failed to fetch|LoadError/);
    const { page } = browser;
    await page.getByText('No orders yet').waitFor();
    await page.route(CHUNK, async (route) => route.abort('connectionreset'));
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByText('It could not be loaded').waitFor();
    await page.goBack();
    await page.getByText('No orders yet').waitFor();
    await page.goForward();
    await page.getByText('It could not be loaded').waitFor();
    await page.unroute(CHUNK);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
  });

  it('says which part of a page failed, and leaves the rest standing', async () => {
    await using browser = await open();
    browser.expect(/TypeError/);
    const { page } = browser;
    await page.route('**/api/system', async (route) => {
      const reply = await route.fetch();
      // A state that only a newer version knows.
      const body = (await reply.text()).replace(/"state":"\w+"/, '"state":"new"');
      await route.fulfill({ response: reply, body });
    });
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByText('We cannot show the invariants right now').waitFor();
    await page.getByRole('heading', { name: 'Processes' }).waitFor();
    await page.unroute('**/api/system');
    // Until the next reply it fails again.
    await eventually('the part to be shown', async () => {
      await page
        .getByRole('button', { name: 'Try again' })
        .click({ timeout: 1_000 })
        .catch(() => {});
      return page.getByRole('heading', { name: 'Invariants' }).isVisible();
    });
  });

  it('says so when its scripts are missing altogether', async () => {
    await using browser = await openDashboard(system(), await openCustomer(system(), 0n), {
      path: '/swagger',
    });
    browser.expect(/status of 404|MIME type/);
    const { page } = browser;
    await page.route('**/assets/index-*.js', async (route) => route.fulfill({ status: 404 }));
    await page.goto('/');
    await page.getByRole('heading', { name: 'Gozon could not start' }).waitFor();
    await page.unroute('**/assets/index-*.js');
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByText('No orders yet').waitFor();
  });
});

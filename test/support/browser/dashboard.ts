import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Customer } from '@gozon/client';
import type { Page } from 'playwright-core';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import { expectAccessible } from './accessible.ts';
import { openBrowser } from './browser.ts';
import type { Window, WindowOptions } from './browser.ts';

/** Git ignores them. Check them after a change of the design. */
const SCREENSHOTS = path.join(CHECKOUT, 'dashboard/screenshots');

export const DESK = { width: 1280, height: 900 };

const VIEWS = [
  { view: 'light', colorScheme: 'light', viewport: DESK },
  { view: 'dark', colorScheme: 'dark', viewport: DESK },
  { view: 'wall', colorScheme: 'light', viewport: { width: 2560, height: 1200 } },
  { view: 'phone', colorScheme: 'light', viewport: { width: 360, height: 780 } },
] as const;

/** Opens the dashboard as a customer who is signed in. @param options.before a script that runs before the page's own */
export async function openDashboard(
  { client }: Pick<System, 'client'>,
  customer: Customer,
  {
    path: address = '/',
    before = '',
    ...options
  }: { path?: string; before?: string } & Omit<WindowOptions, 'baseURL'> = {},
): Promise<Window> {
  const browser = await openBrowser({ baseURL: client.baseUrl, ...options });
  await browser.context.addInitScript(
    // A new tab begins as about:blank, which has no storage.
    `if (location.origin !== 'null') localStorage.setItem('gozon.identity', '${customer.userId}');${before}`,
  );
  await browser.page.goto(address);
  return browser;
}

/**
 * In light and dark, on a wall and on a phone: axe finds nothing, and nothing is wider than the window. Takes
 * screenshots.
 */
export async function look(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const { view, colorScheme, viewport } of VIEWS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await eventually(`the page to fit its window, ${view}`, async () => {
      const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      return Number(excess) <= 0;
    });
    // The window gets the height of the page. For a full-page screenshot Chromium would shrink it for a moment, which
    // changes the layout.
    const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
    await page.setViewportSize({ ...viewport, height });
    await expectAccessible(page);
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${view}.png`) });
  }
  await page.setViewportSize(DESK);
}

/** Places an order by the form. */
export async function placeByForm(page: Page, amount: string, description: string): Promise<void> {
  await page.getByLabel('Order amount').fill(amount);
  await page.getByLabel('What for').fill(description);
  await page.getByRole('button', { name: /^Place order for/ }).click();
}

/** The row of an order in the list, once it has a status. */
export function orderRow(page: Page, description: string, status: string) {
  return page
    .getByRole('list', { name: 'Orders' })
    .getByRole('link', { name: new RegExp(`${description}.*${status}`) });
}

/** The lane of an order's timeline with this name. */
export function lane(page: Page, name: string) {
  return page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { level: 3, name, exact: true }) });
}

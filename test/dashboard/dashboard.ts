import type { Page } from 'playwright-core';
import type { Customer } from '#contracts/client.ts';
import { openBrowser } from '../kit/browser.ts';
import type { Window, WindowOptions } from '../kit/browser.ts';
import type { System } from '../kit/system.ts';

/** Opens the dashboard as a customer who was here before. */
export async function openDashboard(
  { client }: Pick<System, 'client'>,
  customer: Customer,
  { path = '/', ...options }: { path?: string } & Omit<WindowOptions, 'baseURL'> = {},
): Promise<Window> {
  const browser = await openBrowser({ baseURL: client.baseUrl, ...options });
  await browser.context.addInitScript(`localStorage.setItem('gozon.identity', '${customer.userId}')`);
  await browser.page.goto(path);
  return browser;
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

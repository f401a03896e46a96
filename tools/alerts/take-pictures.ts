import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import { findChromium } from '#tools/browser/chromium.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const IMAGES = path.join(CHECKOUT, 'docs/images');
const WINDOW = { width: 1100, height: 760 };
/** How many rules of each alert fire. */
const FIRING = 'count by (alertname) (ALERTS{alertstate="firing"})';
/** What the graph shows, in PromQL. */
const SHOWN = '15m';
/** Where Debian's Prometheus has the pages. */
const DEBIAN = '/classic';

/**
 * Takes pictures of two pages of a Prometheus: the alerts that are pending or fire now, and a graph of those that fired.
 * @param folder where its rules are, which is left out of the pictures
 */
export async function takePictures(url: string, folder: string): Promise<void> {
  const { executablePath, env } = await findChromium();
  const browser = await chromium.launch({ executablePath, env, chromiumSandbox: false });
  try {
    const page = await browser.newPage({ viewport: WINDOW, reducedMotion: 'reduce' });
    const pages = (await fetch(new URL('/alerts', url))).ok ? url : `${url}${DEBIAN}`;
    await page.goto(`${pages}/alerts`, { waitUntil: 'networkidle' });
    await page.getByText(/^\s*Inactive/).click();
    await page.getByText(folder).evaluateAll((files, left) => {
      for (const file of files) file.textContent = file.textContent?.replace(left, '') ?? '';
    }, `${folder}/`);
    await takePicture(page, 'prometheus-alerts');
    const graph = new URLSearchParams({ 'g0.expr': FIRING, 'g0.tab': '0', 'g0.range_input': SHOWN });
    await page.goto(`${pages}/graph?${graph.toString()}`, { waitUntil: 'networkidle' });
    await takePicture(page, 'prometheus-graph');
  } finally {
    await browser.close();
  }
}

async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`), fullPage: true });
}

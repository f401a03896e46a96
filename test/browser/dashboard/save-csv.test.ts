import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expectAccessible } from '#test/support/browser/accessible.ts';
import { DESK, look, openDashboard } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('the dashboard, asked for a file of CSV', function () {
  this.timeout(90_000);
  const system = withSharedSystem();
  const save = async (page: Page, words: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: words }).click(),
    ]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };

  it('saves the statement of the account', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 60n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    await using browser = await openDashboard(system(), customer, {
      path: '/?view=statement',
      viewport: DESK,
    });
    const { name, text } = await save(browser.page, 'Save all as CSV');
    assert.equal(name, 'statement.csv');
    const [header, ...rows] = text.trimEnd().split('\r\n');
    assert.match(header ?? '', /^postingId,createdAt,kind,orderId,amount/);
    const { items } = await customer.statement();
    assert.deepEqual(
      rows.map((row) => row.split(',').slice(0, 5)),
      items.map(({ postingId, createdAt, kind, orderId: of, amount }) =>
        [postingId, createdAt, kind, of ?? '', amount].map(String),
      ),
    );
  });

  it('saves no file of a statement that broke off or was refused, and says so', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer, { path: '/?view=statement' });
    browser.expect(/net::ERR_|status of 429/);
    const { page } = browser;
    const downloads: unknown[] = [];
    page.on('download', (download) => downloads.push(download));
    const csv = '**/statement.csv';
    await page.route(csv, async (route) => route.abort('connectionreset'));
    await page.getByRole('button', { name: 'Save all as CSV' }).click();
    await page.getByRole('alert').getByText('The shop cannot be reached').waitFor();
    await expectAccessible(page);
    await page.unroute(csv);
    await page.route(csv, async (route) =>
      route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        json: {
          type: 'urn:gozon:problem:rate_limited',
          code: 'rate_limited',
          status: 429,
          detail: 'Too many.',
        },
      }),
    );
    await page.getByRole('button', { name: 'Save all as CSV' }).click();
    await page.getByRole('alert').getByText('Too many.').waitFor();
    await page.unroute(csv);
    const { name } = await save(page, 'Save all as CSV');
    assert.equal(name, 'statement.csv');
    assert.equal(downloads.length, 1);
  });

  it('saves no half of a statement that breaks off in the middle, and the whole when asked again', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer, {
      path: '/?view=statement',
      before: BREAK_OFF_ONCE,
    });
    const { page } = browser;
    const downloads: unknown[] = [];
    page.on('download', (download) => downloads.push(download));
    await page.getByRole('button', { name: 'Save all as CSV' }).click();
    await page.getByRole('alert').getByText('The shop cannot be reached').waitFor();
    assert.match((await save(page, 'Save all as CSV')).text, /top_up/);
    assert.equal(downloads.length, 1);
  });

  it('saves what was settled in a period, for operators', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const { orderId } = await customer.placeOrder({ amount: 60n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    await using browser = await openDashboard(system(), await openCustomer(system(), 0n), {
      path: '/system',
      viewport: DESK,
    });
    const { page } = browser;
    const form = page.getByRole('group', { name: 'Settled orders' });
    await form.getByRole('button').click();
    await form.getByText('Say from when').waitFor();
    const hour = (offset: number) => new Date(Date.now() + offset * 3_600_000).toISOString().slice(0, 16);
    await form.getByLabel('From').fill(hour(-1));
    await form.getByLabel('Before').fill(hour(1));
    const { name, text } = await save(page, 'Save as CSV');
    assert.equal(name, 'settled-orders.csv');
    assert.equal(text.split('\r\n').filter((row) => row.includes(orderId)).length, 1);
    await look(page, 'settled');
    await form.getByLabel('From').fill(hour(-3));
    await form.getByLabel('Before').fill(hour(-2));
    assert.equal((await save(page, 'Save as CSV')).text.includes(orderId), false);
  });
});

/** The first file ends after its header, as when a connection breaks. */
const BREAK_OFF_ONCE = `
  const send = globalThis.fetch;
  globalThis.fetch = async (path, init) => {
    const reply = await send(path, init);
    if (!String(path).endsWith('.csv')) return reply;
    globalThis.fetch = send;
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode('postingId,createdAt')),
      pull: (stream) => stream.error(new TypeError('broken off')),
    }, { highWaterMark: 0 });
    return new Response(body, { headers: reply.headers });
  };
`;

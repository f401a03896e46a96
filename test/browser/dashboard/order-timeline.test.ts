import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Customer } from '@gozon/client';
import type { Page } from 'playwright-core';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { expectAccessible } from '#test/support/browser/accessible.ts';
import { lane, openDashboard } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';

const LANES = [
  'Request',
  'Order',
  'Outbox',
  'Relay',
  'Temporal',
  'Worker',
  'Decision',
  'Ledger',
  'Kafka',
  'Consumer',
];

describe('the timeline of an order', function () {
  this.timeout(120_000);
  const system = withSharedSystem();

  it('has an entry in each lane, and opens the raw data of an entry', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await placePaid(customer);
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    for (const name of LANES) await lane(page, name).getByRole('button').first().waitFor();
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await lane(page, 'Ledger').getByRole('button', { name: '-€20.00 customer' }).waitFor();
    await lane(page, 'Ledger').getByRole('button', { name: '+€20.00 sales' }).waitFor();
    await lane(page, 'Relay')
      .getByTitle(/^The relay started the workflow/)
      .click();
    await page
      .getByRole('dialog')
      .getByText(/^The relay started the workflow/)
      .waitFor();
    await page.getByRole('dialog').press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await assertInside(page);
    await lane(page, 'Kafka').getByRole('button').click();
    assert.match(await page.getByLabel('Raw data').innerText(), /"topic": "payment-status\.v1"/);
    await page.getByRole('dialog').press('Escape');
    await page.getByLabel('Raw data').waitFor({ state: 'detached' });
    await lane(page, 'Temporal')
      .getByRole('button', { name: /payOrder/ })
      .click();
    const link = page.getByRole('dialog').getByRole('link', { name: "Open in Temporal's Web UI" });
    const address = (await link.getAttribute('href')) ?? '';
    assert.ok(address.includes(`/namespaces/gozon/workflows/order-${orderId}/`), address);
    assert.equal((await fetch(address)).status, 200);
  });

  it('links to the trace of the order, where traces are and if it is recorded', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const template = 'https://traces.example/find?id={traceId}&from=gozon';
    await using gateway = await startExtraProcess(system(), 'gateway', { TRACE_URL_TEMPLATE: template });
    const traceId = randomBytes(16).toString('hex');
    const place = async (flags: string) => {
      const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` };
      const { body } = await customer.send({
        method: 'POST',
        path: '/api/orders',
        headers,
        body: { amount: 2_000 },
      });
      return (body as OrderReply).orderId;
    };
    const at = { client: { ...system().client, baseUrl: gateway.url } };
    await using browser = await openDashboard(at, customer, { path: `/orders/${await place('01')}` });
    const { page } = browser;
    const address = template.replace('{traceId}', traceId);
    assert.equal(await page.getByRole('link', { name: 'Trace', exact: true }).getAttribute('href'), address);
    await lane(page, 'Request').getByRole('button').click();
    const link = page.getByRole('dialog').getByRole('link', { name: 'Open the trace' });
    assert.equal(await link.getAttribute('href'), address);
    await page.goto(`/orders/${await place('00')}`);
    await lane(page, 'Request').getByRole('button').first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'Trace', exact: true }).count(), 0);
  });

  it('shows the attempts of a failing step as they are made, and its end', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await system().links.workflowsToPaymentsDb.cut();
    const { orderId } = await customer.placeOrder({ amount: 2_000n, description: 'A lamp' });
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    await lane(page, 'Worker')
      .getByRole('button', { name: /^debit, \d+ attempts, for .* now$/ })
      .waitFor({ timeout: 60_000 });
    await system().links.workflowsToPaymentsDb.heal();
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor({ timeout: 60_000 });
    await lane(page, 'Worker')
      .getByRole('button', { name: /^debit, \d+ attempts, (?!for )/ })
      .last()
      .waitFor();
  });

  for (const hours of [-1, 1]) {
    it(`measures what is still running by the server's clock when the browser's is ${hours} h off`, async () => {
      const customer = await openCustomer(system(), 5_000n);
      await system().links.workflowsToPaymentsDb.cut();
      const { orderId } = await customer.placeOrder({ amount: 2_000n });
      await using browser = await openDashboard(system(), customer);
      const { page } = browser;
      await page.clock.install({ time: Date.now() + hours * 3_600_000 });
      await page.goto(`/orders/${orderId}`);
      await lane(page, 'Worker')
        .getByRole('button', { name: /^debit, \d+ attempts, for (?!0)[\d.]+\sm?s now$/ })
        .waitFor({ timeout: 60_000 });
      await system().links.workflowsToPaymentsDb.heal();
      await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor({ timeout: 60_000 });
    });
  }

  it('warns in the lane of a part that is down, and fills the lane when it is back', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await placePaid(customer);
    await system().service('payments').terminate();
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    await lane(page, 'Ledger').getByText('It cannot be asked now').waitFor({ timeout: 60_000 });
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await system().service('payments').start();
    await lane(page, 'Ledger').getByRole('button').first().waitFor({ timeout: 60_000 });
    await lane(page, 'Ledger').getByText('It cannot be asked now').waitFor({ state: 'detached' });
  });

  it('warns in the lanes of orders when it goes down while the page is open, and recovers when it is back', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await placePaid(customer);
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    browser.expect(/status of 50[34]|net::ERR_/);
    const { page } = browser;
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await system().service('orders').terminate();
    const warning = /The process of this lane is down|No answer: this lane may be out of date/;
    for (const name of ['Request', 'Order', 'Outbox', 'Consumer'])
      await lane(page, name).getByText(warning).waitFor({ timeout: 60_000 });
    // The last data remains.
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor();
    await system().service('orders').start();
    for (const name of ['Request', 'Order', 'Outbox', 'Consumer'])
      await lane(page, name).getByText(warning).waitFor({ state: 'detached', timeout: 60_000 });
  });

  it('shows that a workflow cannot be started, and afterwards the attempts and the last error', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await placePaid(customer);
    await system().ordersDb.query(
      `update outbox set dispatched_at = null, attempts = 12, last_error = 'Temporal says no', due_at = now() + interval '1 hour'
       where order_id = $1`,
      [orderId],
    );
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    await lane(page, 'Relay')
      .getByRole('button', { name: /^Cannot be started, 12 attempts, for .* now$/ })
      .waitFor();
    await customer.send({
      method: 'POST',
      path: '/api/system/redrive',
      body: { reason: 'Temporal is back' },
    });
    const started = lane(page, 'Relay').getByRole('button', { name: /^Started.*, 13 attempts, / });
    await started.click();
    assert.match(await page.getByLabel('Raw data').innerText(), /"lastError": "Temporal says no"/);
  });

  it('shows Temporal and the worker as down while Temporal is', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await system().links.workflowsToTemporal.cut();
    const { orderId } = await customer.placeOrder({ amount: 2_000n });
    await using browser = await openDashboard(system(), customer, { path: `/orders/${orderId}` });
    const { page } = browser;
    await lane(page, 'Temporal').getByText('It cannot be asked now').waitFor({ timeout: 60_000 });
    await system().links.workflowsToTemporal.heal();
    await lane(page, 'Order').getByRole('button', { name: 'Paid' }).waitFor({ timeout: 60_000 });
    await lane(page, 'Temporal')
      .getByRole('button', { name: /payOrder/ })
      .waitFor({ timeout: 60_000 });
  });

  it('is a list on a phone', async () => {
    const customer = await openCustomer(system(), 5_000n);
    const orderId = await placePaid(customer);
    await using browser = await openDashboard(system(), customer, {
      path: `/orders/${orderId}`,
      viewport: { width: 375, height: 812 },
    });
    const { page } = browser;
    await page.getByRole('button', { name: /Kafka partition \d, offset \d/ }).click();
    assert.match(await page.getByLabel('Raw data').innerText(), /"eventId": ".*\/decision"/);
  });

  it('is hidden from other customers', async () => {
    const orderId = await placePaid(await openCustomer(system(), 5_000n));
    const other = await openCustomer(system(), 0n);
    await using browser = await openDashboard(system(), other, {
      path: `/orders/${orderId}`,
      extraHTTPHeaders: { 'X-User-Roles': 'customer' },
    });
    browser.expect(/status of 404/);
    await browser.page.getByText('You have no such order').waitFor();
  });

  it('is shown to an operator, who cancels the order with a reason that is then a part of it', async () => {
    const orderId = await placePaid(await openCustomer(system(), 5_000n));
    const operator = await openCustomer(system(), 0n);
    await using browser = await openDashboard(system(), operator, { path: `/orders/${orderId}` });
    const { page } = browser;
    await page.getByRole('button', { name: 'Refund all…' }).click();
    await page.getByRole('button', { name: /^Refund .20/ }).click();
    await page.getByText('Say why').waitFor();
    await page.getByRole('textbox', { name: 'Why' }).fill('Asked by phone');
    await expectAccessible(page);
    await page.getByRole('button', { name: /^Refund .20/ }).click();
    await page.getByText('Refunded', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: /Operator: cancel/ }).click();
    assert.match(await page.getByLabel('Raw data').innerText(), /"reason": "Asked by phone"/);
  });
});

async function placePaid(customer: Customer): Promise<string> {
  const { orderId } = await customer.placeOrder({ amount: 2_000n, description: 'A lamp' });
  await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
  return orderId;
}

/** No label extends beyond the lanes, at any width that has lanes. */
async function assertInside(page: Page): Promise<void> {
  for (const width of [900, 1280, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    await eventually(`no label to extend beyond the lanes at ${width} pixels`, async () => {
      const outside = await page.evaluate<string[]>(`(() => {
        const edge = document.querySelector('ol:has(> li > h3)').getBoundingClientRect().right + 1;
        return [...document.querySelectorAll('ol:has(> li > h3) button span')]
          .filter((words) => words.getBoundingClientRect().right > edge)
          .map((words) => words.textContent);
      })()`);
      assert.deepEqual(outside, []);
      return true;
    });
  }
}

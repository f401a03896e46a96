import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { openBrowser } from '#test/support/browser/browser.ts';
import { DESK, look, openDashboard, placeByForm } from '#test/support/browser/dashboard.ts';
import { withSharedStack } from '#test/support/system/shared-stack.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

/** In ms, on a loaded machine. */
const LONG = 300_000;
const WELL_WITHIN = 150_000;

const tour = (page: Page) => page.getByRole('complementary', { name: 'Guided tour' });
const untilStep = async (page: Page, name: string) =>
  tour(page).getByRole('heading', { name, exact: true }).waitFor({ timeout: WELL_WITHIN });

describe('the guided tour over npm start', function () {
  this.timeout(LONG);
  const stack = withSharedStack();

  it('leads a newcomer from an account to the proof that the worker’s death lost nothing, also over a reload', async () => {
    await using browser = await openBrowser({ baseURL: stack().client.baseUrl, viewport: DESK });
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    await page.goto('/');
    await page.getByRole('button', { name: 'Take the guided tour' }).click();
    await untilStep(page, 'Open an account');
    await look(page, 'tour-first');
    await page.getByRole('button', { name: 'Open account' }).click();
    await untilStep(page, 'Put money in it');
    await page.getByLabel('Top-up amount').fill('50');
    await page.getByRole('button', { name: 'Top up' }).click();
    await untilStep(page, 'Place an order');
    await placeByForm(page, '20', 'A chair');
    await untilStep(page, 'See what happened');
    await page.reload();
    await untilStep(page, 'See what happened');
    await tour(page).getByRole('link', { name: 'Open your order' }).click();
    await page.getByRole('heading', { level: 1, name: 'A chair' }).waitFor();
    await untilStep(page, 'Kill what pays');
    await look(page, 'tour-kill');
    await tour(page).getByRole('button', { name: 'Kill it, and order for €1.00' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ordered while the worker was dead' }).waitFor();
    await untilStep(page, 'See the proof');
    await tour(page)
      .getByText(/for €1\.00 is paid, .* after it was placed/)
      .waitFor();
    await tour(page).getByRole('link', { name: 'Open the page of the system' }).click();
    await untilStep(page, 'That is the tour');
    await look(page, 'tour-end');
    await tour(page).getByRole('link', { name: 'Show the invariants' }).click();
    assert.equal(await tour(page).getByRole('listitem').count(), 7);
    await tour(page).getByRole('button', { name: 'End the tour' }).first().click();
    await tour(page).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('heading', { name: 'Invariants' }).waitFor();
    assert.equal(await tour(page).count(), 0);
  });

  it('kills again for an order that is gone, and shows that the new one waits while nobody can pay it', async () => {
    const customer = stack().client.as(randomUUID());
    await customer.openAccount();
    await customer.topUp(500n);
    const { orderId } = await customer.placeOrder({ amount: 100n });
    // As npm run reset leaves it.
    const stored = JSON.stringify({ userId: customer.userId, looked: true, killedFor: randomUUID() });
    await using browser = await openDashboard(stack(), customer, {
      path: `/orders/${orderId}`,
      before: `localStorage.setItem('gozon.tour', ${JSON.stringify(stored)});`,
    });
    browser.expect(/status of (404|50[34])/);
    const { page } = browser;
    await untilStep(page, 'Kill what pays');
    // Dead for longer than a restart takes: what is started again stands still, too.
    await page.route('**/api/orders', async (route) => {
      const reply = await route.fetch();
      await stack()
        .client.as(randomUUID())
        .send({
          method: 'POST',
          path: '/api/stack/faults',
          body: { part: 'postgres', fault: 'pause', seconds: 5 },
        });
      await route.fulfill({ response: reply });
    });
    await tour(page)
      .getByRole('button', { name: /^Kill it/ })
      .click();
    await untilStep(page, 'Watch it recover');
    await tour(page).getByRole('timer').waitFor();
    await tour(page).getByText('workflows died (killed by SIGKILL)').waitFor();
    await untilStep(page, 'See the proof');
  });
});

describe('the guided tour without npm start', function () {
  this.timeout(LONG);
  const system = withSharedSystem();

  it('has no step that kills, and leads to the proof', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer, { viewport: DESK });
    // A part may be slow to answer on a loaded machine, and is asked again.
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    await page.getByRole('button', { name: /^Customer/ }).click();
    await page.getByRole('menuitem', { name: 'Guided tour' }).click();
    await untilStep(page, 'Place an order');
    const steps = tour(page).getByRole('list', { name: 'Steps' }).getByRole('listitem');
    assert.deepEqual(await steps.allInnerTexts(), [
      'Open an account',
      'Put money in it',
      'Place an order',
      'See what happened',
      'See the proof',
    ]);
    await placeByForm(page, '20', 'A chair');
    await untilStep(page, 'See what happened');
    await tour(page).getByRole('link', { name: 'Open your order' }).click();
    await untilStep(page, 'See the proof');
    for (const width of [375, 1100, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await eventually(`it to cover nothing of the timeline at ${width} pixels`, async () => {
        const panel = await tour(page).boundingBox();
        const timeline = await page.getByRole('region', { name: 'Timeline' }).boundingBox();
        return panel !== null && timeline !== null && !overlap(panel, timeline);
      });
    }
  });

  it('says what the audit found since the order, only once it has looked', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await customer.placeOrder({ amount: 2_000n });
    await using browser = await openDashboard(system(), customer, {
      before: `localStorage.setItem('gozon.tour', JSON.stringify({ userId: '${customer.userId}', looked: true }));`,
    });
    browser.expect(/status of 50[34]/);
    const { page } = browser;
    await page.route('**/api/system', async (route) => {
      const response = await route.fetch();
      if (!response.ok()) return route.fulfill({ response });
      const reply = (await response.json()) as SystemReply;
      const invariants = reply.invariants.map((one) => ({ ...one, state: 'unknown', checkedAt: null }));
      return route.fulfill({ response, json: { ...reply, invariants } });
    });
    await untilStep(page, 'See the proof');
    await tour(page).getByText('The audit has not looked since your order yet.').waitFor();
    await page.unroute('**/api/system');
    await tour(page)
      .getByText(/Since your order the audit has looked at 13 of 13 invariants: \d+ hold/)
      .waitFor({ timeout: WELL_WITHIN });
    await tour(page).getByRole('link', { name: 'Open the page of the system' }).click();
    await untilStep(page, 'That is the tour');
    await tour(page)
      .getByText(/looked at 13 of 13 invariants/)
      .waitFor();
  });

  it('can be followed, folded and ended by keyboard, and moves nothing', async () => {
    const customer = system().client.as(randomUUID());
    await using browser = await openDashboard(system(), customer, {
      viewport: DESK,
      before: `localStorage.setItem('gozon.tour', JSON.stringify({ userId: '${customer.userId}' }));${COUNT_SHIFTS}`,
    });
    const { page } = browser;
    await untilStep(page, 'Open an account');
    await page.getByRole('button', { name: 'Open account' }).waitFor();
    assert.ok(Number(await page.evaluate('globalThis.shifted')) < 0.01);
    await tour(page).getByRole('button', { name: 'Fold the tour' }).press('Enter');
    await tour(page).getByRole('list').waitFor({ state: 'detached' });
    // The button that was pressed keeps the focus.
    await page.keyboard.press('Space');
    await tour(page).getByRole('list').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await tour(page).waitFor({ state: 'detached' });
  });

  it('is not shown to another customer, and not where what was stored makes no sense', async () => {
    const customer = system().client.as(randomUUID());
    for (const stored of [JSON.stringify({ userId: randomUUID() }), 'null', '{', '[]', '{"userId":7}']) {
      await using browser = await openDashboard(system(), customer, {
        before: `localStorage.setItem('gozon.tour', ${JSON.stringify(stored)});`,
      });
      await browser.page.getByText('No orders yet').waitFor();
      assert.equal(await tour(browser.page).count(), 0);
    }
  });
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

const COUNT_SHIFTS = `
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) globalThis.shifted += shift.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

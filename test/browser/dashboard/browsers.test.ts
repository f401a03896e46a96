import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { openBrowser } from '#test/support/browser/browser.ts';
import { DESK, lane, look, openDashboard, orderRow, placeByForm } from '#test/support/browser/dashboard.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';

const NO_STORAGE = `for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('refused', 'SecurityError'); } });
}`;

/** Puts two elements of its own around each text, now and whenever one changes, as the translator of Chrome does. */
const TRANSLATE = `
  const translate = () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, {
      acceptNode: (text) => text.data.trim() && !text.parentElement.closest('[translate=no], script, font')
        ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT,
    });
    const found = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      const outer = document.createElement('font');
      outer.append(document.createElement('font'));
      outer.firstChild.textContent = '«' + text.data + '»';
      text.replaceWith(outer);
    }
  };
  translate();
  new MutationObserver(translate).observe(document.body, { childList: true, subtree: true, characterData: true });
`;

/** How far from the left edge the first letter of a text begins, and the last one. */
const FIRST_AND_LAST_LETTER = (text: string) => `{
  const found = document.evaluate("//text()[.='${text}']", document.body).iterateNext();
  [0, found.length - 1].map((from) => {
    const letter = document.createRange();
    letter.setStart(found, from);
    letter.setEnd(found, from + 1);
    return letter.getBoundingClientRect().left;
  });
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

  for (const [locale, name] of [
    ['de-DE', 'Donaudampfschifffahrtsgesellschaftskapitänsmütze'],
    ['ja-JP', '赤いランプ'],
    ['hi-IN', 'लाल दीपक'],
  ] as const) {
    it(`shows names and amounts as they are written in ${locale}`, async () => {
      const customer = await openCustomer(system(), 123_456n);
      await using browser = await openDashboard(system(), customer, { locale });
      const { page } = browser;
      const euros = (amount: number) =>
        new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(amount);
      await page.getByText(euros(1_234.56), { exact: true }).waitFor();
      await placeByForm(page, '1000.5', name);
      await orderRow(page, name, 'Paid').getByText(euros(1_000.5), { exact: true }).waitFor();
      assert.equal(await page.evaluate('document.documentElement.dir'), 'ltr');
      await look(page, `orders-${locale}`);
    });
  }

  it('begins its lines at the right in a language that does, but not those of a text in another', async () => {
    const name = 'مصباح (أحمر) رقم 5';
    const customer = await openCustomer(system(), 123_456n);
    await using browser = await openDashboard(system(), customer, { locale: 'ar-EG', viewport: DESK });
    const { page } = browser;
    const words = 'Place an order, and watch it being paid here.';
    const hint = page.getByText(words);
    await hint.waitFor();
    // The full stop is behind the English words, and the account is to the right of the orders.
    const [first, last] = await page.evaluate<[number, number]>(FIRST_AND_LAST_LETTER(words));
    assert.ok(first < last, `${first} and ${last}`);
    const place = async (part: Locator) => (await part.boundingBox())?.x ?? NaN;
    assert.ok((await place(page.getByRole('heading', { name: 'Balance' }))) > (await place(hint)));
    await placeByForm(page, '٢٠', name);
    const row = orderRow(page, 'مصباح', 'Paid');
    await row.waitFor();
    // Its bracket is that of an Arabic text in both directions of a page.
    assert.equal(await row.getByText(name, { exact: true }).getAttribute('dir'), 'auto');
    await look(page, 'orders-ar');
    await row.click();
    const request = lane(page, 'Request');
    await request.getByRole('button').waitFor();
    // Time runs from left to right all the same.
    const title = request.getByRole('heading');
    assert.ok((await place(title)) < (await place(request.getByRole('button'))));
    await look(page, 'order-ar');
    await page.goto('/system');
    await page.getByRole('list', { name: 'Invariants' }).getByText('I1', { exact: true }).waitFor();
    await page.locator('figure canvas').first().waitFor();
    await look(page, 'system-ar');
  });

  it('keeps working while the browser translates it, and shows what changes', async () => {
    const customer = await openCustomer(system(), 5_000n);
    await using browser = await openDashboard(system(), customer, { locale: 'de-DE' });
    const { page } = browser;
    await page.getByText('No orders yet').waitFor();
    await page.evaluate(TRANSLATE);
    await page.getByText('«Balance»').waitFor();
    await page.getByLabel('Order amount').fill('20');
    await page.getByLabel('Order amount').press('Enter');
    await page.getByRole('list').getByText('«Paid»', { exact: true }).waitFor();
    await page.getByText('30,00 €', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('textbox', { name: 'Why' }).fill('A try');
    for (let time = 1; time <= 3; time += 1) {
      const answered = page.waitForResponse('**/api/system/redrive');
      await page.getByRole('button', { name: 'Retry all now' }).click();
      await answered;
      await page.getByText(/«.* will be retried now\.»/).waitFor();
    }
    await page.getByText('We cannot show').waitFor({ state: 'detached' });
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

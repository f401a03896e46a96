import assert from 'node:assert/strict';
import { ordersApi } from '#contracts/http/orders-api.ts';
import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { writeOpenApi } from '#gateway/openapi/write-openapi.ts';
import { moneyText } from '../../../dashboard/money/money-text.ts';
import { parseAmount } from '../../../dashboard/money/parse-amount.ts';

/** As in ISO 4217, where Intl has other digits in Node, in Chromium, or in both. */
const DIFFERENT: [code: string, summary: string, screen: RegExp][] = [
  ['RSD', '19.99 RSD', /19\.99/],
  ['HUF', '19.99 HUF', /19\.99/],
  ['COP', '19.99 COP', /19\.99/],
  ['IDR', '19.99 IDR', /19\.99/],
  ['IQD', '1.999 IQD', /1\.999/],
  ['LAK', '19.99 LAK', /19\.99/],
  ['PKR', '19.99 PKR', /19\.99/],
];

describe('a currency', () => {
  it('has the digits of ISO 4217', () => {
    const digits = { EUR: 2, MGA: 2, JPY: 0, KRW: 0, UGX: 0, VND: 0, KWD: 3, IQD: 3, CLF: 4, UYW: 4 };
    for (const [code, count] of Object.entries(digits)) assert.equal(currencyDigits(code), count, code);
  });

  for (const [code, summary, screen] of DIFFERENT) {
    it(`has the same digits everywhere: ${code}`, () => {
      assert.equal(formatMoney(1_999n, code), summary, "Temporal's summary");
      assert.match(moneyText(1_999n, code), screen, 'the dashboard shows it');
      const minorUnits = 50n * 10n ** BigInt(currencyDigits(code));
      assert.deepEqual(parseAmount('50', code), { amount: minorUnits }, 'the dashboard reads it');
    });
  }

  it('has its digits in the examples of the OpenAPI document, as numbers', () => {
    for (const [currency, digits] of Object.entries({ EUR: 2, JPY: 0, IQD: 3 })) {
      const text = JSON.stringify(writeOpenApi(ordersApi, { version: '0.1.0', identity: 'dev', currency }));
      assert.ok(text.includes(`"currency":"${currency}","currencyDigits":${digits},`));
      assert.doesNotMatch(text, /\{currency/);
    }
  });
});

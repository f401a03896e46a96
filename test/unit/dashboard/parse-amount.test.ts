import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toDecimal } from '#contracts/values/money/format-money.ts';
import { MAX_AMOUNT } from '#contracts/values/money/money.ts';
import { parseAmount, parseAtMost } from '../../../dashboard/money/parse-amount.ts';

const currency = fc.constantFrom('EUR', 'JPY', 'KWD');

describe('parseAmount', () => {
  it('reads back exactly what toDecimal writes, with point or comma', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_AMOUNT), currency, fc.constantFrom('.', ','), (amount, code, mark) => {
        assert.deepEqual(parseAmount(toDecimal(amount, code).replace('.', mark), code), { amount });
      }),
    );
  });

  it('refuses what is no amount, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), currency, (text, code) => {
        const parsed = parseAmount(text, code);
        if ('amount' in parsed) assert.match(text.replaceAll(/\s/gu, ''), /^\d+([.,]\d*)?$/);
        else assert.notEqual(parsed.error, '');
      }),
    );
  });

  it("accepts the digits and the separator of the viewer's language", () => {
    assert.deepEqual(parseAmount('١ ٢٣٤٫٥', 'EUR', 'ar-EG'), { amount: 123_450n });
    assert.deepEqual(parseAmount('۱۲٫۵', 'EUR', 'fa-IR'), { amount: 1_250n });
    assert.deepEqual(parseAmount('12,5', 'EUR', 'de-DE'), { amount: 1_250n });
    assert.deepEqual(parseAmount('12.5', 'EUR', 'ar-EG'), { amount: 1_250n });
    assert.ok('error' in parseAmount('١٢', 'EUR', 'en-US'));
  });

  it('refuses more than there is, and says how much that is', () => {
    assert.deepEqual(parseAtMost('12', 1_200n, 'EUR', 'which is left'), { amount: 1_200n });
    const parsed = parseAtMost('12.01', 1_200n, 'EUR', 'which is left');
    assert.ok('error' in parsed);
    assert.match(parsed.error, /^At most .*12.00.*, which is left$/);
    assert.ok('error' in parseAtMost('0', 1_200n, 'EUR', 'which is left'));
  });

  it('refuses zero, more than the limit, and more digits than the currency has', () => {
    for (const text of ['0', '0.00', '10000000000.01', '1.999', '1,234', '-1', '1e3', '1.2.3']) {
      assert.ok('error' in parseAmount(text, 'EUR'), text);
    }
    assert.ok('error' in parseAmount('1.5', 'JPY'));
  });
});

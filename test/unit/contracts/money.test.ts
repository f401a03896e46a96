import assert from 'node:assert/strict';
import fc from 'fast-check';
import { amount, currency } from '#contracts/http/wire.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { MAX_AMOUNT, MAX_BALANCE, parseMoney } from '#contracts/values/money/money.ts';

/** What a client can put into a JSON body, as the parser gives it to the schema. */
const fromJson = (text: string): unknown => (JSON.parse(text) as { amount?: unknown }).amount;

describe('a balance', () => {
  it('may exceed 2^53 only by the 8,008th refund of the largest amount', () => {
    assert.ok(MAX_BALANCE + 8_007n * MAX_AMOUNT < 2n ** 53n);
    assert.ok(MAX_BALANCE + 8_008n * MAX_AMOUNT > 2n ** 53n);
  });
});

describe('an amount', () => {
  for (const text of ['1', '10', '1000000000000', '1e3', '1e12', '5.0']) {
    it(`is accepted as ${text}, and is a bigint of minor units`, () => {
      assert.equal(amount.parse(fromJson(`{"amount":${text}}`)), BigInt(Number(text)));
    });
  }

  const refusals: [text: string, message: string][] = [
    ['0', 'must be at least 1'],
    ['-0', 'must be at least 1'],
    ['-1', 'must be at least 1'],
    ['1.5', 'must be a whole number of minor units'],
    ['0.1', 'must be a whole number of minor units'],
    ['"10"', 'must be a whole number of minor units'],
    ['null', 'must be a whole number of minor units'],
    ['true', 'must be a whole number of minor units'],
    ['[10]', 'must be a whole number of minor units'],
    ['{}', 'must be a whole number of minor units'],
    ['1e400', 'must be a whole number of minor units'],
    ['9007199254740991', 'must be at most 1000000000000'],
    ['1000000000001', 'must be at most 1000000000000'],
  ];
  for (const [text, message] of refusals) {
    it(`is refused as ${text}: ${message}`, () => {
      assert.deepEqual(messagesOf(amount.safeParse(fromJson(`{"amount":${text}}`))), [message]);
    });
  }

  it('is refused from 2^53 on, where JSON numbers are no longer exact', () => {
    for (const text of ['9007199254740992', '1e300']) {
      assert.equal(amount.safeParse(fromJson(`{"amount":${text}}`)).success, false);
    }
  });

  it('is accepted exactly when it is an integer from 1 to the limit', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.double(), fc.integer()), (value) => {
        const isValid = Number.isInteger(value) && value >= 1 && value <= Number(MAX_AMOUNT);
        assert.equal(amount.safeParse(value).success, isValid);
      }),
    );
  });
});

describe('formatMoney', () => {
  const examples: [minorUnits: bigint, code: string, text: string][] = [
    [1250n, 'EUR', '12.50 EUR'],
    [5n, 'EUR', '0.05 EUR'],
    [0n, 'EUR', '0.00 EUR'],
    [-5n, 'EUR', '-0.05 EUR'],
    [-1250n, 'USD', '-12.50 USD'],
    [1250n, 'JPY', '1250 JPY'],
    [-1n, 'JPY', '-1 JPY'],
    [1250n, 'KWD', '1.250 KWD'],
    [-7n, 'KWD', '-0.007 KWD'],
    [10n ** 15n + 1n, 'EUR', '10000000000000.01 EUR'],
    [2n ** 63n - 1n, 'EUR', '92233720368547758.07 EUR'],
  ];
  for (const [minorUnits, code, text] of examples) {
    it(`shows ${minorUnits} minor units of ${code} as ${text}`, () => {
      assert.equal(formatMoney(minorUnits, code), text);
    });
  }

  it('loses no digit of any amount', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n), fc.constantFrom('EUR', 'JPY', 'KWD'), (value, code) => {
        const digits = formatMoney(value, code).replace(` ${code}`, '').replace('.', '');
        assert.equal(BigInt(digits), value);
      }),
    );
  });
});

describe('parseMoney', () => {
  it('reads safe integers, bigints and decimal strings exactly', () => {
    assert.equal(parseMoney(10), 10n);
    assert.equal(parseMoney(Number.MAX_SAFE_INTEGER), 2n ** 53n - 1n);
    assert.equal(parseMoney('9223372036854775807'), 2n ** 63n - 1n);
    assert.equal(parseMoney(2n ** 60n), 2n ** 60n);
  });

  it('refuses numbers that may already have been rounded', () => {
    for (const value of [2 ** 53, -(2 ** 53), 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => parseMoney(value), /is not a safe integer of minor units/);
    }
  });

  it('refuses text that is no integer', () => {
    for (const text of ['1.5', 'ten', '1e3', '10 EUR']) assert.throws(() => parseMoney(text), SyntaxError);
  });
});

describe('a currency', () => {
  it('is an ISO 4217 code in capitals', () => {
    for (const code of ['EUR', 'JPY', 'KWD']) assert.equal(currency.parse(code), code);
    for (const code of ['eur', 'EURO', 'ZZZ', '']) {
      assert.deepEqual(messagesOf(currency.safeParse(code)), [
        'must be an ISO 4217 currency code such as EUR',
      ]);
    }
  });
});

function messagesOf(result: ReturnType<typeof amount.safeParse> | ReturnType<typeof currency.safeParse>) {
  return result.error?.issues.map((issue) => issue.message);
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Problem } from '#contracts/http/problem.ts';
import { parseExactJson } from '#platform/http/parse-exact-json.ts';

describe('parseExactJson', () => {
  it('reads any JSON without a large number as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 4 }), (text, spaces) => {
        const written = JSON.stringify(JSON.parse(text), null, spaces);
        fc.pre(!/e\+|(?<![.\d])\d{16}/.test(written));
        assert.deepEqual(parseExactJson(written), JSON.parse(written));
      }),
    );
  });

  const exact: [text: string, number: number][] = [
    ['1999', 1_999],
    ['1999.0', 1_999],
    ['1999.000000000000000000000000', 1_999],
    ['1e3', 1_000],
    ['1E+3', 1_000],
    ['1.999e3', 1_999],
    ['19990000e-4', 1_999],
    ['-1.2e1', -12],
    ['0', 0],
    ['-0', -0],
    ['0.000', 0],
    [`0e${'9'.repeat(1_000)}`, 0],
    [`0e-${'9'.repeat(1_000)}`, 0],
    ['9007199254740992', 2 ** 53],
    ['1e22', 1e22],
    ['0.1', 0.1],
    ['1999.5', 1_999.5],
  ];
  for (const [text, number] of exact) {
    it(`reads ${text.slice(0, 30)} as ${number}`, () => {
      assert.deepEqual(parseExactJson(`{"n":${text},"of":[${text}]}`), { n: number, of: [number] });
    });
  }

  const rounded = [
    '1999.9999999999999999',
    '2000.0000000000000001',
    '9007199254740993',
    '-9007199254740993',
    '0.99999999999999999999',
    '1e-400',
    '-1e-400',
    '1e23',
    '19999999999999999999e-16',
    `1e-${'9'.repeat(1_000)}`,
    `1.${'0'.repeat(16_000)}1`,
    `1${'0'.repeat(300)}1`,
  ];
  for (const text of rounded) {
    it(`does not take ${text.slice(0, 30)} for the integer that it is rounded to`, () => {
      assert.deepEqual(parseExactJson(`{"n":${text},"of":[${text}]}`), { n: Number.NaN, of: [Number.NaN] });
    });
  }

  it('reads any decimal as an integer only if it is that integer', () => {
    const decimal = fc.tuple(
      fc.maxSafeInteger(),
      fc.stringMatching(/^\d{0,25}$/),
      fc.integer({ min: -20, max: 20 }),
    );
    fc.assert(
      fc.property(decimal, ([whole, fraction, shift]) => {
        const text = `${whole}${fraction && `.${fraction}`}e${shift}`;
        const read = parseExactJson(text) as number;
        if (!Number.isInteger(read)) return;
        const scale = 10n ** BigInt(50 + shift);
        const written = BigInt(whole + fraction) * scale;
        assert.equal(written, BigInt(read) * 10n ** BigInt(50 + fraction.length));
      }),
    );
  });

  const twice = [
    '{"a":1,"a":1000}',
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":{}}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"a\\"":1 , "a\\u0022" : 2}',
    '{"b":{"a":1,"a":2}}',
    '[{"a":{"c":[{}]},"a":2}]',
    '{"b":[{"a":1},{"a":2,"c":{},"a":3}]}',
    '{"a"\n:1,\t"a"\r\n:2}',
    '{"constructor":1,"constructor":2}',
  ];
  for (const text of twice) {
    it(`refuses ${JSON.stringify(text)}, which has a key twice`, () => {
      assert.throws(
        () => parseExactJson(text),
        (error) =>
          error instanceof Problem && error.code === 'malformed_json' && / twice /.test(error.message),
      );
    });
  }

  const once = [
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":"\\\\"}',
    '{"a":["a","a"],"A":1}',
    '{"a":1,"b":{"a":1},"c":{"a":1}}',
    '{"é":1,"e\\u0301":2}',
  ];
  for (const text of once) {
    it(`reads ${text}, which has no key twice`, () => {
      assert.deepEqual(parseExactJson(text), JSON.parse(text));
    });
  }

  for (const text of ['', '{', '{"a":1,}', "{'a':1}", '01', '{"a":NaN}', '{"a":1 "a":2}', '1 2']) {
    it(`refuses ${JSON.stringify(text)}, which is not JSON`, () => {
      assert.throws(() => parseExactJson(text), { code: 'malformed_json', message: /not valid JSON/ });
    });
  }

  it('reads or refuses the deepest and the longest bodies at once', () => {
    const hostile = ['['.repeat(8_000) + ']'.repeat(8_000), `"${'\\"'.repeat(8_000)}"`, '"":'.repeat(5_000)];
    for (const text of hostile) {
      try {
        parseExactJson(text);
      } catch (error) {
        assert.equal((error as Problem).code, 'malformed_json');
      }
    }
  });
});

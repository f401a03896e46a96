import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toJson } from '#contracts/values/to-json.ts';

describe('toJson', () => {
  it('writes a bigint as a JSON integer, wherever it stands', () => {
    assert.equal(toJson({ balance: 5n, items: [{ amount: -1n }] }), '{"balance":5,"items":[{"amount":-1}]}');
  });

  it('writes every digit of a bigint, past what a number holds', () => {
    fc.assert(fc.property(fc.bigInt(), (value) => assert.equal(toJson({ value }), `{"value":${value}}`)));
  });

  it('writes everything else as JSON.stringify does', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(toJson(value), JSON.stringify(value))));
    assert.equal(toJson({ at: new Date(0), none: undefined }), '{"at":"1970-01-01T00:00:00.000Z"}');
  });
});

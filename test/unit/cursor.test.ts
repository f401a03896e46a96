import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cursor, writeCursor } from '#contracts/cursor.ts';

const orders = cursor('orders', /^[a-z]+$/);

describe('a cursor', () => {
  it('is read back to the key that it was written from', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]+$/), (key) =>
        assert.equal(orders.parse(writeCursor('orders', key)), key),
      ),
    );
  });

  it('is safe in a URL', () => {
    fc.assert(fc.property(fc.string(), (key) => assert.match(writeCursor('orders', key), /^[\w-]+$/)));
  });

  const refusals: Record<string, unknown> = {
    'of another list': writeCursor('statement', 'abc'),
    'of a key that no item has': writeCursor('orders', '42'),
    'that is empty': '',
    'that is a bare key': 'abc',
    'with padding that we do not write': Buffer.from('orders:abcd').toString('base64'),
    'with something after it': `${writeCursor('orders', 'abc')}!`,
    'given twice': [writeCursor('orders', 'abc'), writeCursor('orders', 'abc')],
  };
  for (const [what, text] of Object.entries(refusals)) {
    it(`${what} is refused`, () => assert.equal(orders.safeParse(text).success, false));
  }
});

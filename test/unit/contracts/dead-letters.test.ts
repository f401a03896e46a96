import assert from 'node:assert/strict';
import { DEAD_LETTER_CODES, deadLetterCodeOf } from '#contracts/events/dead-letters.ts';

describe('the code of a dead letter', () => {
  for (const code of DEAD_LETTER_CODES) {
    it(`${code} is read from its header`, () => {
      const headers = { 'dead-letter-code': Buffer.from(code), 'dead-letter-reason': 'in words' };
      assert.equal(deadLetterCodeOf(headers), code);
    });
  }

  it('takes precedence over the text of the reason', () => {
    const headers = { 'dead-letter-code': 'not_json', 'dead-letter-reason': 'the database refuses it: no' };
    assert.equal(deadLetterCodeOf(headers), 'not_json');
  });

  it('is derived from the text of a dead letter that has no code', () => {
    const reason = Buffer.from('the database refuses it: invalid byte sequence');
    assert.equal(deadLetterCodeOf({ 'dead-letter-reason': reason }), 'refused_by_database');
    assert.equal(deadLetterCodeOf({ 'dead-letter-reason': 'it is not JSON' }), undefined);
    assert.equal(deadLetterCodeOf({}), undefined);
  });
});

import assert from 'node:assert/strict';
import { uuid } from '#contracts/http/wire.ts';
import { newId } from '#contracts/values/ids.ts';

describe('an id', () => {
  it('is read in any letter case and kept in lower case', () => {
    const text = '0198C4A5-7E1B-7ABC-8DEF-0123456789AB';
    assert.equal(uuid.parse(text), text.toLowerCase());
    assert.equal(uuid.parse(text.toLowerCase()), text.toLowerCase());
  });

  it('may be a UUID of any version, since clients bring their own', () => {
    for (const text of ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
      assert.equal(uuid.parse(text), text);
    }
  });

  for (const text of [
    '',
    'me',
    '0198c4a5',
    '0198c4a57e1b7abc8def0123456789ab',
    '{0198c4a5-7e1b-7abc-8def-0123456789ab}',
    "0198c4a5-7e1b-7abc-8def-0123456789ab' or 1=1",
  ]) {
    it(`is refused when it is ${JSON.stringify(text)}`, () => {
      const result = uuid.safeParse(text);
      assert.deepEqual(
        result.error?.issues.map((issue) => issue.message),
        ['must be a UUID'],
      );
    });
  }

  it('is created as a unique UUID v7 that sorts by its time of creation', () => {
    const ids = Array.from({ length: 2_000 }, newId);
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids)
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

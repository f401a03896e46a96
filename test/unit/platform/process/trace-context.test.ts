import assert from 'node:assert/strict';
import { acceptTraceparent, traceId } from '#platform/process/trace-context.ts';

const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a traceparent', () => {
  it('that is well-formed is kept', () => {
    assert.equal(acceptTraceparent(given), given);
    assert.equal(traceId(given), '0af7651916cd43dd8448eb211c80319c');
  });

  const malformed: Record<string, string | undefined> = {
    'is absent': undefined,
    'is empty': '',
    'is of another version': given.replace('00-', '01-'),
    'has an id of zeros': `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    'has a parent of zeros': `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    'is in capitals': given.toUpperCase(),
    'is too long': `${given}-00`,
    'would break a log line': `${given}\n`,
  };
  for (const [fault, header] of Object.entries(malformed)) {
    it(`that ${fault} is replaced by a new one`, () => {
      const made = acceptTraceparent(header);
      assert.match(made, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      assert.notEqual(made, acceptTraceparent(header));
      assert.equal(acceptTraceparent(made), made);
    });
  }
});

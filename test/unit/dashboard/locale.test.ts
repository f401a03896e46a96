import assert from 'node:assert/strict';
import { firstAccepted } from '../../../dashboard/shell/locale.ts';

describe("the viewer's locale", () => {
  it('is the first language that Intl accepts', () => {
    assert.equal(firstAccepted(['de-CH', 'en']), 'de-CH');
    assert.equal(firstAccepted(['en-US@posix', 'c', '', 'ar-EG']), 'ar-EG');
  });

  it("is Intl's own choice when it accepts none", () => {
    assert.equal(firstAccepted(['en-US@posix']), undefined);
    assert.equal(firstAccepted([]), undefined);
  });
});

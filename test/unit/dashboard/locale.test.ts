import assert from 'node:assert/strict';
import { directionOf, firstAccepted } from '../../../dashboard/shell/locale.ts';

describe("the viewer's locale", () => {
  it('is the first language that Intl accepts', () => {
    assert.equal(firstAccepted(['de-CH', 'en']), 'de-CH');
    assert.equal(firstAccepted(['en-US@posix', 'c', '', 'ar-EG']), 'ar-EG');
  });

  it("is Intl's own choice when it accepts none", () => {
    assert.equal(firstAccepted(['en-US@posix']), undefined);
    assert.equal(firstAccepted([]), undefined);
  });

  it('says where lines begin, by the script of the language', () => {
    for (const locale of [
      'ar',
      'ar-EG',
      'fa-IR',
      'iw',
      'ur-PK',
      'ckb',
      'dv',
      'yi',
      'az-Arab',
      'pa-PK',
      'ff-Adlm',
    ])
      assert.equal(directionOf(locale), 'rtl', locale);
    for (const locale of ['en', 'de-CH', 'ja-JP', 'az', 'pa-IN', 'ar-Latn', 'zxx', undefined])
      assert.equal(directionOf(locale), 'ltr', locale);
  });
});

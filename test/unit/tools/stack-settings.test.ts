import assert from 'node:assert/strict';
import { readSettings } from '#tools/stack/settings/settings.ts';

describe('the settings of npm start', () => {
  it('have controls unless identities are checked', () => {
    assert.equal(readSettings({ IDENTITY: 'jwt' }).controls, false);
    assert.equal(readSettings({ IDENTITY: 'dev' }).controls, true);
    assert.equal(readSettings({}).controls, true);
  });
});

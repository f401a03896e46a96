import assert from 'node:assert/strict';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

describe('the check of the settings before anything starts', () => {
  it('names each that is missing, in our words and in one sentence', async () => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, ['deploy/check-settings.ts'], {
      cwd: CHECKOUT,
      env: { ENVIRONMENT: 'dev' },
      extendEnv: false,
      reject: false,
    });
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /^check-settings: Settings are wrong\. IDENTITY: must be dev or jwt; [^\n]+\.$/);
    assert.doesNotMatch(stderr, /Invalid input/);
  });
});

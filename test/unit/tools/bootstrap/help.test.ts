import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const { scripts } = JSON.parse(readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8')) as {
  readonly scripts: Record<string, string>;
};

describe('the help of a command', function () {
  this.timeout(60_000);
  let parts: string;
  beforeEach(() => {
    parts = mkdtempSync(path.join(tmpdir(), 'gozon-parts-'));
  });
  afterEach(() => rmSync(parts, { recursive: true }));

  for (const [name, command] of Object.entries(scripts)) {
    if (!command.includes('bootstrap.js')) continue;
    it(`says how it is used, and fetches nothing but npm packages: ${name}`, async () => {
      const { stdout } = await execa('npm', ['run', '--silent', name, '--', '--help'], {
        env: { GOZON_PARTS: parts },
      });
      assert.match(stdout, /^Usage: npm /);
      assert.deepEqual(readdirSync(parts), []);
    });
  }
});

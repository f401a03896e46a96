import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const page = readFileSync(path.join(CHECKOUT, 'docs/credentials.md'), 'utf8');

describe('docs/credentials.md', () => {
  const tests = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)].map(
    ([, title = '', file = '']) => ({ title, file }),
  );

  for (const { title, file } of tests) {
    it(`names a test that is there: ${title}`, () => {
      assert.ok(
        readFileSync(path.join(CHECKOUT, file), 'utf8').includes(title.replaceAll(/\s+/g, ' ')),
        file,
      );
    });
  }

  it('holds each of its lines by a test, but those that only warn', () => {
    const lines = page
      .split(/\n(?=- )/)
      .slice(1)
      .map((line) => line.split('\n\n')[0] ?? '');
    const bare = lines.filter((line) => !line.includes('](../test/'));
    assert.deepEqual(
      bare.map((line) => line.slice(0, 40)),
      ['- It signs no wish and no event: it is n'],
    );
  });
});

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/**
 * What this project does not write, with what it writes instead. CONTRIBUTING.md has its words. Released migrations
 * stay.
 */
const WORDS: readonly [pattern: RegExp, instead: string][] = [
  [/\bfor ever\b/i, 'indefinitely, or until it succeeds'],
  [/\banew\b/i, 'again'],
  [/\bwhoever\b/i, 'a client that, a caller that'],
  [/\bgets? on\b/i, 'makes progress'],
  [/\b(?:he|him|his|himself)\b/i, 'it or they: a client, customer or process'],
];

const THIS_FILE = 'test/unit/repository/language.test.ts';

describe('the language of code and documents', () => {
  const files = globSync('**/*.{ts,tsx,js,md,sql,yml,sh}', {
    cwd: CHECKOUT,
    exclude: (name) => ['node_modules', 'dist', '.gozon', 'migrations'].includes(name),
  }).filter((file) => file !== THIS_FILE);

  for (const [pattern, instead] of WORDS) {
    it(`says "${instead}" and not what ${String(pattern)} finds`, () => {
      const found = files.flatMap((file) =>
        readFileSync(path.join(CHECKOUT, file), 'utf8')
          .split('\n')
          .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
      );
      assert.deepEqual(found, []);
    });
  }
});

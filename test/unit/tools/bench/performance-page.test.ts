import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FOLDER, readData } from '#tools/bench/report/data.ts';
import { performancePage } from '#tools/bench/report/performance-page.ts';

describe('docs/performance.md', () => {
  it('is what npm run bench -- report makes of the results in docs/performance/', () => {
    const notes = readFileSync(path.join(FOLDER, '../performance-notes.md'), 'utf8');
    const page = readFileSync(path.join(FOLDER, '../performance.md'), 'utf8');
    assert.equal(withoutAlignment(page), withoutAlignment(performancePage(readData(), notes)));
  });
});

/** oxfmt aligns tables. */
function withoutAlignment(markdown: string): string {
  return markdown.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ');
}

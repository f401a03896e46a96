import assert from 'node:assert/strict';
import { createScanner, previousUuid } from '#operations/audit/scan.ts';
import type { Scan } from '#operations/audit/scan.ts';

/** A scan of ten things, three on a page. Those in `broken` are breaches. */
function scanOfTen(broken: Set<number>, pages: number[][]): Scan {
  return {
    name: 'ten things',
    invariants: ['I1'],
    start: '00',
    previous: (key) => String(Number(key) - 1).padStart(2, '0'),
    newest: async () => undefined,
    async checkPage(after) {
      const page = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((n) => n > Number(after)).slice(0, 3);
      pages.push(page);
      const last = page.at(-1);
      return {
        upTo: last === undefined || last === 10 ? undefined : String(last).padStart(2, '0'),
        checked: { I1: page.length },
        breaches: page
          .filter((n) => broken.has(n))
          .map((n) => ({ id: 'I1', key: String(n).padStart(2, '0'), message: `${n} is broken` })),
      };
    },
  };
}

describe('a scanner of the audit', () => {
  it('checks everything, page by page, and starts again', async () => {
    const pages: number[][] = [];
    const scanner = createScanner(scanOfTen(new Set(), pages));
    for (let run = 0; run < 3; run++) await scanner.run();
    assert.equal(scanner.results()[0]?.fullPassAt, undefined);
    for (let run = 0; run < 2; run++) await scanner.run();
    assert.notEqual(scanner.results()[0]?.fullPassAt, undefined);
    assert.equal(scanner.results()[0]?.checked, 13);
    assert.deepEqual(pages, [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10], [1, 2, 3]]);
  });

  it('keeps a breach until it finds it repaired, and checks it again in every run', async () => {
    const pages: number[][] = [];
    const broken = new Set([2]);
    const scanner = createScanner(scanOfTen(broken, pages));
    await scanner.run();
    await scanner.run();
    assert.deepEqual(scanner.results()[0]?.breaches, ['2 is broken']);
    assert.deepEqual(pages, [
      [1, 2, 3],
      [2, 3, 4],
      [4, 5, 6],
    ]);
    broken.delete(2);
    await scanner.run();
    assert.deepEqual(scanner.results()[0]?.breaches, []);
  });

  it('knows the UUID before a UUID', () => {
    assert.equal(
      previousUuid('019a0000-0000-7000-8000-000000000000'),
      '019a0000-0000-7000-7fff-ffffffffffff',
    );
    assert.equal(
      previousUuid('00000000-0000-0000-0000-000000000001'),
      '00000000-0000-0000-0000-000000000000',
    );
  });
});

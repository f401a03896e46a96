import assert from 'node:assert/strict';
import { startCourse, uuidBefore } from '#operations/audit/scan.ts';
import type { Walk } from '#operations/audit/scan.ts';

/** A walk along ten things, three at a time, some of them wrong. */
function walkOfTen(wrong: Set<number>, looks: number[][]): Walk {
  return {
    start: '00',
    before: (key) => String(Number(key) - 1).padStart(2, '0'),
    newest: async () => undefined,
    async look(after) {
      const seen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((n) => n > Number(after)).slice(0, 3);
      looks.push(seen);
      const last = seen.at(-1);
      return {
        upTo: last === undefined || last === 10 ? undefined : String(last).padStart(2, '0'),
        counts: { I1: seen.length },
        breaches: seen
          .filter((n) => wrong.has(n))
          .map((n) => ({ invariant: 'I1', key: String(n).padStart(2, '0'), says: `${n} is wrong` })),
      };
    },
  };
}

describe('a course of the audit', () => {
  it('comes past everything, piece by piece, and begins anew', async () => {
    const looks: number[][] = [];
    const course = startCourse(walkOfTen(new Set(), looks));
    for (let step = 0; step < 3; step++) await course.step();
    assert.equal(course.fullPassAt(), undefined);
    for (let step = 0; step < 2; step++) await course.step();
    assert.notEqual(course.fullPassAt(), undefined);
    assert.deepEqual(looks, [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10], [1, 2, 3]]);
  });

  it('keeps what it found wrong until it finds it right, and looks there at every step', async () => {
    const looks: number[][] = [];
    const wrong = new Set([2]);
    const course = startCourse(walkOfTen(wrong, looks));
    await course.step();
    await course.step();
    assert.deepEqual(
      course.breaches().map(({ says }) => says),
      ['2 is wrong'],
    );
    assert.deepEqual(looks, [
      [1, 2, 3],
      [2, 3, 4],
      [4, 5, 6],
    ]);
    wrong.delete(2);
    await course.step();
    assert.deepEqual(course.breaches(), []);
  });

  it('knows the UUID before one', () => {
    assert.equal(uuidBefore('019a0000-0000-7000-8000-000000000000'), '019a0000-0000-7000-7fff-ffffffffffff');
    assert.equal(uuidBefore('00000000-0000-0000-0000-000000000001'), '00000000-0000-0000-0000-000000000000');
  });
});

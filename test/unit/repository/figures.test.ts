import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const read = (file: string) => readFileSync(path.join(CHECKOUT, file), 'utf8');

/** The cells of the first table from the line with a text on, row by row, with its head. */
function tableFrom(page: string, text: string): string[][] {
  const at = page.indexOf(text);
  assert.notEqual(at, -1, text);
  const line = page.lastIndexOf('\n', at) + 1;
  const [table = ''] = /^\|.*(?:\n\|.*)*/m.exec(page.slice(line)) ?? [];
  const rows = table.split('\n').map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.filter((_, index) => index !== 1);
}

/** A column of the comparison: each way with its median, without the least and the most, which are in brackets. */
function columnOf([head = [], ...rows]: string[][], name: string): Map<string, string> {
  const at = head.indexOf(name);
  assert.notEqual(at, -1, name);
  return new Map(rows.map((row) => [row[0] ?? '', (row[at] ?? '').replace(/ \(.*/, '')]));
}

describe('the figures of docs/performance.md', () => {
  const [, compared = ''] = read('docs/performance.md').split('\n## Compared with other ways\n');
  const turns = tableFrom(compared, '| turns |');
  const decided = columnOf(turns, 'decided/s');
  const cpu = columnOf(turns, 'CPU ms an order');
  const at20 = tableFrom(compared, 'At 20/s, ');
  const p50 = columnOf(at20, 'decided p50');
  const p95 = columnOf(at20, 'decided p95');

  it('are those of docs/questions.md, for each way', () => {
    const [, ...rows] = tableFrom(read('docs/questions.md'), '| way ');
    assert.deepEqual(
      rows,
      [...decided].map(([way, value]) => [way, value, cpu.get(way), p50.get(way)]),
    );
  });

  it('are those of README.md', () => {
    const round = (value = '') => String(Math.round(Number(value)));
    const readme = read('README.md').replaceAll('\n', ' ');
    for (const said of [
      `${round(decided.get('gozon'))} orders/s`,
      `${round(cpu.get('gozon'))} ms of CPU`,
      `within ${round(p50.get('gozon'))} ms`,
      `${round(p95.get('gozon'))} ms`,
      `${cpu.get('engineless')} ms of CPU`,
    ])
      assert.ok(readme.includes(said), said);
  });
});

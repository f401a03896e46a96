import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AlertResult } from './fire-alerts.ts';
import { PROMETHEUS_FOLDER } from './rules.ts';

/** Whether it fired and is gone, and nothing else went wrong. */
export function isGood({ fired, cleared, problem }: AlertResult): boolean {
  return fired !== undefined && cleared !== undefined && problem === undefined;
}

/** A result in a line. */
export function tellResult({ alert, fired, cleared, problem }: AlertResult): string {
  const what =
    fired === undefined
      ? 'DID NOT FIRE'
      : `fired after ${seconds(fired)} s, ${cleared === undefined ? 'and STAYS' : `gone ${seconds(cleared)} s after the healing`}`;
  return `  ${alert}: ${what}${problem === undefined ? '' : ` (${problem})`}`;
}

const DOCUMENT = path.join(PROMETHEUS_FOLDER, 'README.md');
const [BEGIN, END] = ['<!-- results: begin -->', '<!-- results: end -->'];

/** Puts results where the document shows them. Rows of other alerts stay there. */
export function documentResults(results: readonly AlertResult[], options: TableOptions): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [shown, after] = rest?.split(END) ?? [];
  if (before === undefined || shown === undefined || after === undefined)
    throw new Error(`${DOCUMENT} has no place for results`);
  const table = resultTable(results, shown, options);
  writeFileSync(DOCUMENT, [before, BEGIN, `\n\n${table}\n\n`, END, after].join(''));
}

export interface TableOptions {
  /** All alerts, as they are to be shown. */
  readonly sequence: readonly string[];
  /** Those that cannot be tried, each with the reason. */
  readonly unprovoked: Readonly<Record<string, string>>;
}

/** @param shown the table so far */
export function resultTable(
  results: readonly AlertResult[],
  shown: string,
  { sequence, unprovoked }: TableOptions,
): string {
  const rows = new Map([
    ...rowsIn(shown),
    ...results.map(({ alert, fault, factor, fired, cleared }): Row => {
      const gone = cleared === undefined ? 'stays' : seconds(cleared);
      const times = fired === undefined ? ['did not fire', '–'] : [seconds(fired), gone];
      return [alert, [fault, String(factor), ...times]];
    }),
    ...Object.entries(unprovoked).map(([alert, reason]): Row => [
      alert,
      [`not tried: ${reason}`, '–', '–', '–'],
    ]),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['alert', 'fault', 'divided by', 'fired after, s', 'gone after, s'];
  return [
    line(head),
    line(head.map(() => '---')),
    ...sequence.flatMap((alert) => {
      const cells = rows.get(alert);
      return cells ? [line([alert, ...cells])] : [];
    }),
  ].join('\n');
}

/** An alert, and the cells after it. */
type Row = readonly [alert: string, cells: readonly string[]];

/** The rows of a table below its head. */
function rowsIn(table: string): Row[] {
  const [, , ...lines] = table.trim().split('\n');
  return lines.map((line) => {
    const [alert = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return [alert, cells];
  });
}

function seconds(value: number): string {
  return value.toFixed(1);
}

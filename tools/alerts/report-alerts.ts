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

/** Puts the results where the document shows them. */
export function documentResults(
  results: readonly AlertResult[],
  unprovoked: Readonly<Record<string, string>>,
  factor: number,
): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${DOCUMENT} has no place for results`);
  const table = resultTable(results, unprovoked, factor);
  writeFileSync(DOCUMENT, [before, BEGIN, `\n\n${table}\n\n`, END, after].join(''));
}

export function resultTable(
  results: readonly AlertResult[],
  unprovoked: Readonly<Record<string, string>>,
  factor: number,
): string {
  const rows = [
    ...results.map(({ alert, fault, fired, cleared }) => [
      alert,
      fault,
      fired === undefined ? 'did not fire' : seconds(fired),
      cleared === undefined ? 'stays' : seconds(cleared),
    ]),
    ...Object.entries(unprovoked).map(([alert, reason]) => [alert, `not tried: ${reason}`, '–', '–']),
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['alert', 'fault', 'fired after, s', 'gone after, s'];
  return [
    `Each duration of the rules was divided by ${factor}.`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
  ].join('\n');
}

function seconds(value: number): string {
  return value.toFixed(1);
}

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { distribution } from '#tools/load/generate/percentiles.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { LINK_NAMES } from '#tools/testbed/system.ts';
import { RECOVERED_WITHIN } from '../checks/check-meaning.ts';
import { isGood } from './results.ts';
import type { TortureResult } from './results.ts';

/** A run's result in a few lines. */
export function tellResult(result: TortureResult): string {
  const {
    submitted,
    acknowledged,
    refused,
    unknown,
    cancels,
    captures,
    refunds,
    lost,
    ends,
    answered,
    restAfter,
    livesWatched,
  } = result;
  const faults = result.faults.map(({ fault, times, recoveries }) => {
    const found = distribution(recoveries);
    const recovered = found ? `, recovered in ${seconds(found.p50)} (longest ${seconds(found.max)})` : '';
    return `  ${times}x ${fault}${recovered}`;
  });
  return [
    ...faults,
    `${submitted} orders submitted: ${acknowledged} acknowledged, ${refused} refused, ${unknown} never answered; ${captures} captures, ${cancels} cancels and ${refunds} refunds acknowledged.`,
    `In the end ${ends.paid} paid, ${ends.failed} failed, ${ends.cancelled} cancelled, ${ends.expired} expired, ${ends.refunded} refunded, ${ends.authorized} authorized, ${ends.undecided} undecided. Lost: ${lost}.`,
    `${(answered * 100).toFixed(1)}% of the requests outside faults answered; at rest ${seconds(restAfter)} after the healing; ${result.holds} invariants hold.`,
    `The memory of ${livesWatched} processes was watched for long enough.`,
    ...result.broken,
    ...result.problems,
    ...(result.shortest === undefined ? [] : [`\nThe shortest history that shows it:\n  ${result.shortest}`]),
    `${result.name}: ${isGood(result) ? 'good' : 'BAD'}, seed ${result.seed}, ${result.seconds} s.`,
  ].join('\n');
}

const DOCUMENT = path.join(CHECKOUT, 'docs/reliability.md');
const [BEGIN, END] = ['<!-- results: begin -->', '<!-- results: end -->'];

/** Puts the stored results where docs/reliability.md shows them. Rows of what has no stored result stay there. */
export function documentResults(results: readonly TortureResult[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [shown, after] = rest?.split(END) ?? [];
  if (before === undefined || shown === undefined || after === undefined)
    throw new Error(`${DOCUMENT} has no place for results`);
  writeFileSync(DOCUMENT, [before, BEGIN, `\n\n${resultTables(results, shown)}\n\n`, END, after].join(''));
}

/** @param shown the tables so far */
export function resultTables(results: readonly TortureResult[], shown: string): string {
  const classes = results.map((result) => [
    result.name,
    String(result.seed),
    String(result.faults.reduce((sum, { times }) => sum + times, 0)),
    String(result.acknowledged),
    String(result.cancels),
    String(result.captures),
    String(result.refunds),
    String(result.unknown),
    String(result.lost),
    describeInvariants(result),
  ]);
  const samples = results
    .filter(({ name }) => name !== 'mixed')
    .flatMap(({ faults }) =>
      faults.flatMap(({ fault, recoveries }) => recoveries.map((s) => ({ fault, s }))),
    );
  const rows = [...Map.groupBy(samples, ({ fault }) => rowOf(fault))].flatMap(([row, those]) => {
    const found = distribution(those.map(({ s }) => s));
    return found ? [[row, String(found.count), recovery(found.p50), recovery(found.max)]] : [];
  });
  const [shownClasses = [], shownRows = []] = shown.trim().split('\n\n').map(rowsIn);
  return [
    markdown(
      [
        'faults',
        'seed',
        'times',
        'orders acknowledged',
        'cancels',
        'captures',
        'refunds',
        'never answered',
        'lost',
        'invariants',
      ],
      replaceRows(shownClasses, classes),
    ),
    markdown(['fault', 'times', 'recovery p50, s', 'longest, s'], replaceRows(shownRows, rows)),
  ].join('\n\n');
}

/** The rows of a table below its head. */
function rowsIn(table: string): string[][] {
  const [, , ...lines] = table.split('\n');
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function replaceRows(shown: readonly string[][], fresh: readonly string[][]): string[][] {
  const names = new Set(fresh.map(([name]) => name));
  return [...shown.filter(([name]) => !names.has(name)), ...fresh];
}

/** Each link has five faults and each service a dozen crash points: too many for a row each. */
function rowOf(fault: string): string {
  const link = LINK_NAMES.find((name) => fault.startsWith(`${name} `));
  if (link !== undefined) return fault.replace(link, 'a link');
  const [service, point] = fault.split(' dies ');
  return point === undefined ? fault : `${service} dies at a crash point`;
}

/** A wait for recovery that was given up shows how long it lasted, and no more. */
function recovery(s: number): string {
  return s * 1000 < RECOVERED_WITHIN ? s.toFixed(1) : `over ${RECOVERED_WITHIN / 1000}`;
}

function describeInvariants({ broken, problems }: TortureResult): string {
  if (broken.length > 0) return 'BROKEN';
  return problems.length > 0 ? 'hold, but not all was shown' : 'all hold';
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { outcomeOf } from '#tools/invariants/check-result.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import { acknowledged } from '#tools/load/generate/submissions.ts';
import type { Submission } from '#tools/load/generate/submissions.ts';
import type { Ends } from '../checks/pending.queries.ts';
import type { Injection } from '../inject-faults.ts';

/** How often a fault was done, and how long each recovery from it took, in s; where it was given up, at least. */
export interface FaultResult {
  readonly fault: string;
  readonly times: number;
  readonly recoveries: readonly number[];
}

/** What came of a fault class, as it is stored. */
export interface TortureResult {
  readonly name: string;
  readonly seed: number;
  readonly began: string;
  readonly seconds: number;
  readonly submitted: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Requests that were acknowledged. */
  readonly cancels: number;
  readonly captures: number;
  readonly refunds: number;
  /** Acknowledged orders and requests that are not there, or were not done. */
  readonly lost: number;
  readonly ends: Ends;
  readonly faults: readonly FaultResult[];
  /** Of the requests that met no fault, from 0 to 1. */
  readonly answered: number;
  /** In s. */
  readonly restAfter: number;
  /** Processes that lived long enough for their memory to say something. */
  readonly livesWatched: number;
  /** Services that no fault had ended, and that were started again. */
  readonly endedByThemselves: readonly string[];
  readonly holds: number;
  /** Invariants that are broken, and whatever else is not as it must be. */
  readonly broken: readonly string[];
  readonly problems: readonly string[];
  /** What shows a breach in the fewest lines. */
  readonly shortest?: string;
}

export function summarise(run: {
  submissions: readonly Submission[];
  injections: readonly Injection[];
  results: readonly CheckResult[];
  ends: Ends;
}) {
  const { submissions, injections, results, ends } = run;
  const broken = results.filter((result) => outcomeOf(result) === 'broken');
  const byFault = Map.groupBy(
    injections.filter(({ hit }) => hit),
    ({ fault }) => fault,
  );
  const count = (kind: Submission['outcome']['kind']) =>
    submissions.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    submitted: submissions.length,
    acknowledged: acknowledged(submissions).length,
    refused: count('refused'),
    unknown: count('unknown'),
    cancels: submissions.filter(({ cancel }) => cancel?.kind === 'acknowledged').length,
    captures: submissions.filter(({ capture }) => capture?.kind === 'acknowledged').length,
    refunds: submissions
      .flatMap(({ refunds = [] }) => refunds)
      .filter(({ outcome }) => outcome.kind === 'acknowledged').length,
    // By the clients' own records; the tables' own check of I7 would count the same ones again.
    lost: results.reduce(
      (sum, { id, scope, breaches }) => sum + (id === 'I7' && scope === 'load' ? breaches : 0),
      0,
    ),
    ends,
    faults: [...byFault].map(([fault, those]) => ({
      fault,
      times: those.length,
      recoveries: those.flatMap(({ recovery }) => (recovery === undefined ? [] : [recovery / 1000])),
    })),
    holds: results.filter((result) => outcomeOf(result) === 'holds').length,
    broken: broken.flatMap(({ id, title, breaches, examples }) => [
      `${id} is broken ${breaches} times: ${title}`,
      ...examples.map((example) => `  ${example}`),
    ]),
  };
}

/** Whether all was as it must be. */
export function isGood({ broken, problems }: TortureResult): boolean {
  return broken.length === 0 && problems.length === 0;
}

export function storeResult(folder: string, result: TortureResult): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(folder, result.name), `${JSON.stringify(result, undefined, 2)}\n`);
}

export function readResult(folder: string, name: string): TortureResult | undefined {
  const file = fileOf(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TortureResult) : undefined;
}

/** Those that are stored, oldest first. */
export function readResults(folder: string): TortureResult[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => readResult(folder, path.basename(file, '.json')) ?? [])
    .toSorted((a, b) => a.began.localeCompare(b.began));
}

function fileOf(folder: string, name: string): string {
  return path.join(folder, `${name}.json`);
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import type { Result as ChoiceResult } from '../choices/compare.ts';
import type { PartResult } from '../growth/parts.ts';
import type { Environment } from '../measure/environment.ts';
import { readResults, resultsFile } from '../measure/results.ts';
import type { RoundResult } from '../measure/rounds.ts';
import type { CountResult } from '../peers/compare-peers.ts';
import type { ProfileResult } from '../profile/profile.ts';

/** What the page is made of: a file of docs/performance/ each. */
export interface Data {
  readonly peers?: Run<RoundResult | CountResult>;
  readonly before?: Run<RoundResult>;
  readonly growth?: Run<RoundResult | PartResult>;
  readonly profile?: Run<ProfileResult>;
  /** Of a comparison that was repeated, the last result counts. */
  readonly choices?: Run<ChoiceResult>;
}

export interface Run<Result> {
  readonly environments: readonly Environment[];
  readonly results: readonly Result[];
}

export const RUNS = ['peers', 'before', 'growth', 'profile', 'choices'] as const satisfies (keyof Data)[];
export type RunName = (typeof RUNS)[number];

export const FOLDER = path.join(CHECKOUT, 'docs/performance');

export function readData(): Data {
  const read = RUNS.flatMap((name) => {
    const file = path.join(FOLDER, `${name}.json`);
    return existsSync(file) ? [[name, JSON.parse(readFileSync(file, 'utf8')) as unknown] as const] : [];
  });
  return Object.fromEntries(read);
}

/** Takes the results of the last run of that name. A line each, and no more figures than are meant. */
export function takeResults(name: RunName): void {
  const { environments, results } = readResults(resultsFile(name));
  const line = (value: object) =>
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? Number(one.toPrecision(5)) : one));
  const lines = (all: readonly object[]) => all.map((one) => `    ${line(one)}`).join(',\n');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    path.join(FOLDER, `${name}.json`),
    `{\n  "environments": [\n${lines(environments)}\n  ],\n  "results": [\n${lines(results)}\n  ]\n}\n`,
  );
}

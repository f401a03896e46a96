import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { homeFolder } from '#tools/stack/bootstrap/folders.js';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { describeEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';

/** A file of JSON lines: one for each part of a run, written at once, so that a run that was killed can be resumed. */
export interface Results<Result> {
  readonly all: readonly Result[];
  append(result: Result): void;
}

interface Lines<Result> {
  readonly environments: Environment[];
  readonly results: Result[];
}

/** Where a run of that name keeps its results. */
export function resultsFile(name: string): string {
  return path.join(homeFolder().home, 'bench', `${name}.jsonl`);
}

/** @param resume keeps what is there, under a further line that describes this run */
export async function openResults<Result extends object>(
  name: string,
  { resume }: { resume: boolean },
): Promise<Results<Result>> {
  const file = resultsFile(name);
  if (!resume) rmSync(file, { force: true });
  mkdirSync(path.dirname(file), { recursive: true });
  const all = existsSync(file) ? [...readResults<Result>(file).results] : [];
  const write = (line: object) => appendFileSync(file, `${JSON.stringify(line)}\n`);
  write({ environment: await describeEnvironment() });
  return {
    all,
    append(result) {
      all.push(result);
      write(result);
    },
  };
}

/** A last line that was cut off by a kill is left out. @throws UserError without the file */
export function readResults<Result extends object>(file: string): Lines<Result> {
  if (!existsSync(file)) throw new UserError(`There are no results in ${file}. Measure first.`);
  const environments: Environment[] = [];
  const results: Result[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const line = JSON.parse(text) as Result | { readonly environment: Environment };
    if ('environment' in line) environments.push(line.environment);
    else results.push(line);
  }
  return { environments, results };
}

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { History } from './histories.ts';

export const HISTORIES = path.resolve(import.meta.dirname, '../../../workflows/payment/histories');

/**
 * Every history in a folder, by its path there without the extension.
 * @throws Error when there is none: a replay of nothing would prove nothing
 */
export function readHistories(folder: string): { workflowId: string; history: History }[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  if (files.length === 0) throw new Error(`there are no histories in ${folder}`);
  return files.toSorted().map((file) => ({
    workflowId: file.slice(0, -'.json'.length),
    history: JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as History,
  }));
}

/** Stores a history without what tells of the machine that it was recorded on. */
export function writeHistory(version: string, name: string, history: History): void {
  const folder = path.join(HISTORIES, version);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(
    history,
    (key, value) => (key === 'stackTrace' ? undefined : anonymous(value)),
    2,
  );
  writeFileSync(path.join(folder, `${name}.json`), `${text}\n`);
}

/** Workers, and the task queues that are theirs alone, are named after process and host. */
function anonymous(value: unknown): unknown {
  return typeof value === 'string' && /^\d+@/.test(value) ? 'recorded' : value;
}

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { homeFolder } from '#tools/stack/bootstrap/folders.js';

/** Where a comparison is, kept in a file until it has ended: one that is stopped continues there. */
export interface ReconcilePosition<State> {
  /** What the last run left, and when. */
  read(): { state: State; at: Date } | undefined;
  write(state: State): void;
  remove(): void;
}

/** @param key runs with the same one do the same comparison */
export function reconcilePosition<State>(key: readonly unknown[]): ReconcilePosition<State> {
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12);
  const file = path.join(homeFolder().home, `reconcile-${hash}.json`);
  return {
    read() {
      if (!existsSync(file)) return undefined;
      return { state: JSON.parse(readFileSync(file, 'utf8')) as State, at: statSync(file).mtime };
    },
    write(state) {
      mkdirSync(path.dirname(file), { recursive: true });
      // A rename is whole or not at all, whenever this process ends.
      writeFileSync(`${file}.new`, JSON.stringify(state));
      renameSync(`${file}.new`, file);
    },
    remove: () => rmSync(file, { force: true }),
  };
}

import { globSync } from 'node:fs';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** Tests that one mocha process runs, one after the other. */
export interface Lane {
  readonly name: string;
  /** In the sequence in which they run. A test belongs to the first folder that holds it. */
  readonly files: readonly string[];
}

/**
 * The longest first, since no more than a few run side by side. Suites that share a system, or an `npm start`, are in one
 * lane, so that there is one of it.
 */
const LANES = {
  own: ['test/system/own-system', 'test/system/tools'],
  edge: ['test/browser', 'test/api/tools', 'test/api'],
  system: ['test/production-shape', 'test/system'],
  workflow: ['test/workflow'],
  parts: ['test/unit', 'test/database', 'test/delivery'],
  kafka: ['test/kafka'],
} as const;

/** What `npm test` leaves out: each has a command of its own. */
const OTHER_COMMANDS = ['test/production-shape', 'test/delivery'] as const;

/** What takes long by its nature: a limited Temporal server of its own, and so many rows. */
const SLOW: ReadonlySet<string> = new Set([
  'test/workflow/workflows/relay-rate-limit.test.ts',
  'test/database/orders/bounded-requests.test.ts',
  'test/database/payments/bounded-requests.test.ts',
  'test/database/operations/no-table-scans.test.ts',
]);

/** Whether `--quick` runs it: it needs neither a whole system nor a group of consumers, which takes seconds to form. */
export function isQuick(file: string): boolean {
  return !SLOW.has(file) && [...LANES.workflow, ...LANES.parts].some((folder) => isIn(folder, file));
}

/** Whether `npm test` leaves it out unless it is named by its path. */
export function hasOtherCommand(file: string): boolean {
  return OTHER_COMMANDS.some((folder) => isIn(folder, file));
}

/** Every test of the repository, by its path from the checkout. */
export function findTests(): string[] {
  return globSync('test/**/*.test.ts', { cwd: CHECKOUT }).toSorted();
}

/** The lanes of these tests, without those that have none. */
export function sortIntoLanes(files: readonly string[]): Lane[] {
  const left = new Set(files);
  return Object.entries(LANES)
    .map(([name, folders]) => ({ name, files: folders.flatMap((folder) => take(left, folder)) }))
    .filter((lane) => lane.files.length > 0);
}

export function isIn(folder: string, file: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function take(left: Set<string>, folder: string): string[] {
  const taken = [...left].filter((file) => isIn(folder, file));
  for (const file of taken) left.delete(file);
  return taken;
}

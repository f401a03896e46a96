import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processId, type ProcessId } from './process-id.ts';
import type { Stoppable } from './stop-processes.ts';

/** What runs in a home folder, for whoever has to clean up after a supervisor that was killed. */
export type Run = { supervisor: ProcessId; reaper?: ProcessId | undefined; processes: Stoppable[] };

const fileIn = (home: string) => path.join(home, 'run.json');

export function readRun(home: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(home), 'utf8')) as Run;
  } catch {
    return undefined;
  }
}

/** Makes the run ours, unless another process was quicker. */
export function claimRun(home: string): boolean {
  mkdirSync(home, { recursive: true });
  const draft = `${fileIn(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ supervisor: ownId(), processes: [] }));
  try {
    // A link, unlike a rename, fails when the name is taken.
    linkSync(draft, fileIn(home));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

export function dropRun(home: string): void {
  rmSync(fileIn(home), { force: true });
}

/** Writes down a process at once, synchronously: none must run unrecorded. */
export function recordProcess(home: string, process: Stoppable): void {
  const run = readRun(home) ?? { supervisor: ownId(), processes: [] };
  writeRun(home, { ...run, processes: [...run.processes, process] });
}

export function recordReaper(home: string, reaper: ProcessId | undefined): void {
  const run = readRun(home);
  if (run) writeRun(home, { ...run, reaper });
}

export function forgetProcess(home: string, pid: number): void {
  const run = readRun(home);
  if (run) writeRun(home, { ...run, processes: run.processes.filter((process) => process.pid !== pid) });
}

function writeRun(home: string, run: Run): void {
  const draft = `${fileIn(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(run, undefined, 1));
  renameSync(draft, fileIn(home));
}

function ownId(): ProcessId {
  const id = processId(process.pid);
  if (!id) throw new Error('/proc does not show this process');
  return id;
}

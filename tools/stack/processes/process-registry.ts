import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processId } from '../bootstrap/processes/process-id.js';
import type { ProcessId } from '../bootstrap/processes/process-id.js';
import type { Stoppable } from './stop-processes.ts';

/** The processes that run in a home folder, for the clean-up after a supervisor that was killed. */
export interface ProcessRegistry {
  supervisor: ProcessId;
  reaper?: ProcessId | undefined;
  /** `npm start` while not everything is up, and any supervisor that stops what it started. */
  phase?: 'starting' | 'stopping' | undefined;
  processes: Stoppable[];
}

const fileIn = (home: string) => path.join(home, 'run.json');

export function readProcessRegistry(home: string): ProcessRegistry | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(home), 'utf8')) as ProcessRegistry;
  } catch {
    return undefined;
  }
}

/** Makes this process the supervisor. @returns false when another process was quicker */
export function claimProcessRegistry(home: string, phase?: 'starting'): boolean {
  mkdirSync(home, { recursive: true });
  const draft = `${fileIn(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ supervisor: ownId(), phase, processes: [] }));
  try {
    // A link, unlike a rename, fails when the name exists.
    linkSync(draft, fileIn(home));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

export function removeProcessRegistry(home: string): void {
  rmSync(fileIn(home), { force: true });
}

/** Whether a process may be started: only while a supervisor holds the home and is not stopping. */
export function acceptsProcesses(home: string): boolean {
  const run = readProcessRegistry(home);
  return run !== undefined && run.phase !== 'stopping';
}

/** Records a process synchronously: none may run unrecorded. */
export function recordProcess(home: string, process: Stoppable): void {
  change(home, (run) => ({ ...run, processes: [...run.processes, process] }));
}

export function forgetProcess(home: string, pid: number): void {
  change(home, (run) => ({ ...run, processes: run.processes.filter((process) => process.pid !== pid) }));
}

export function recordReaper(home: string, reaper: ProcessId | undefined): void {
  change(home, (run) => ({ ...run, reaper }));
}

/** Without a phase it runs. */
export function recordPhase(home: string, phase?: 'stopping'): void {
  change(home, (run) => ({ ...run, phase }));
}

function change(home: string, how: (run: ProcessRegistry) => ProcessRegistry): void {
  const run = readProcessRegistry(home);
  if (!run) return;
  const draft = `${fileIn(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(how(run), undefined, 1));
  renameSync(draft, fileIn(home));
}

function ownId(): ProcessId {
  const id = processId(process.pid);
  if (!id) throw new Error('neither /proc nor ps shows this process');
  return id;
}

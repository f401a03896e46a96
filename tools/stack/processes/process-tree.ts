import { listProcesses } from '../bootstrap/processes/process-table.js';
import { sendSignal } from './send-signal.ts';

/** SIGSTOP for a process and all its descendants. Parents first: a stopped process starts no new children. */
export function pauseTree(pid: number): void {
  for (let before = -1, stopped = [pid]; stopped.length > before; stopped = processTree(pid)) {
    before = stopped.length;
    for (const each of stopped) sendSignal(each, 'SIGSTOP');
  }
}

/** SIGCONT for all of them, children first. It has no effect on a process that is not stopped. */
export function resumeTree(pid: number): void {
  for (const each of processTree(pid).toReversed()) sendSignal(each, 'SIGCONT');
}

/**
 * A process and all its descendants, found by parent id, since each PostgreSQL process is in a session of its own.
 * Parents before their children.
 */
export function processTree(pid: number): number[] {
  const children = Map.groupBy(listProcesses(), ({ parent }) => parent);
  const found = [pid];
  const visit = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      found.push(child.pid);
      visit(child.pid);
    }
  };
  visit(pid);
  return found;
}

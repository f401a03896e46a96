import { readFileSync } from 'node:fs';

/** A process, told apart from a later one with the same number by when it started (clock ticks since boot). */
export interface ProcessId {
  pid: number;
  startTime: string;
}

/** The identity of a process that runs now; undefined once it has ended (a zombie has). */
export function processId(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces: count from behind it. State is field 3, the start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTime = fields[19];
    return state === 'Z' || state === 'X' || !startTime ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}

export function isAlive(process: ProcessId): boolean {
  return processId(process.pid)?.startTime === process.startTime;
}

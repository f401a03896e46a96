import { readFileSync } from 'node:fs';

/** A process. Its start time (clock ticks since boot) distinguishes it from a later process with the same id. */
export interface ProcessId {
  pid: number;
  startTime: string;
}

/** The identity of a running process; undefined once it has ended. A zombie has ended. */
export function processId(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces: count from after it. State is field 3, the start time field 22.
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

import { readFileSync, readdirSync } from 'node:fs';

/** SIGSTOP for a process and all its descendants. Parents first: a stopped process starts no new children. */
export function pauseTree(pid: number): void {
  for (let before = -1, stopped = [pid]; stopped.length > before; stopped = processTree(pid)) {
    before = stopped.length;
    for (const each of stopped) send(each, 'SIGSTOP');
  }
}

/** SIGCONT for all of them, children first. It has no effect on a process that is not stopped. */
export function resumeTree(pid: number): void {
  for (const each of processTree(pid).toReversed()) send(each, 'SIGCONT');
}

/**
 * A process and all its descendants, found by parent id, since each PostgreSQL process is in a session of its own.
 * Parents before their children.
 */
export function processTree(pid: number): number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent);
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

function processes(): { pid: number; parent: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name, in parentheses, may hold spaces: count from after it. The parent is field 4.
      return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }];
    } catch {
      return [];
    }
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

import { readFileSync, writeFileSync } from 'node:fs';
import { processTree } from '#tools/stack/processes/process-tree.ts';
import type { PeerProcess } from '../peers/peer.ts';

/** By the name of a process, of it and its children. */
export type Usage = Readonly<Record<string, number>>;

/** A clock tick of /proc in ms: USER_HZ is 100 on every Linux. */
const TICK = 10;

/** CPU time since each began, in ms, that of children that have ended included. It has a granularity of 10 ms. */
export function cpuTime(processes: readonly PeerProcess[]): Usage {
  return ofTrees(processes, (pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces: count from after it. utime, stime, cutime and cstime are fields 14 to 17.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15);
    return fields.reduce((sum, ticks) => sum + Number(ticks) * TICK, 0);
  });
}

/** Resident memory in MB. A page that processes share counts for each in part (PSS), such as PostgreSQL's buffers. */
export function memory(processes: readonly PeerProcess[]): Usage {
  return ofTrees(processes, (pid) => {
    const kilobytes = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  });
}

/**
 * The most that was resident since {@link forgetPeaks}, in MB, of each process without its children: proc(5), `VmHWM`. A page that
 * processes share counts for each.
 */
export function peakMemory(processes: readonly PeerProcess[]): Usage {
  return Object.fromEntries(
    processes.map(({ name, pid }) => {
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return [name, Number(kilobytes ?? Number.NaN) / 1024];
    }),
  );
}

/** What is resident now is the peak from now on. */
export function forgetPeaks(processes: readonly PeerProcess[]): void {
  for (const { pid } of processes) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function ofTrees(processes: readonly PeerProcess[], measure: (pid: number) => number): Usage {
  const ofTree = (root: number) =>
    processTree(root).reduce((sum, pid) => {
      try {
        return sum + measure(pid);
      } catch (error) {
        // It has ended since: its parent has its time.
        if (pid !== root && ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? ''))
          return sum;
        throw error;
      }
    }, 0);
  return Object.fromEntries(processes.map(({ name, pid }) => [name, ofTree(pid)]));
}

/** (after - before) / by, of each. */
export function usageBetween(before: Usage, after: Usage, by: number): Usage {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / by]),
  );
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

/**
 * A process that runs. Its start time distinguishes it from a later process with the same id. The command is its program
 * and arguments, joined by spaces, or the title that it gave itself.
 * @typedef {{ pid: number, parent: number, startTime: string, command: string }} ProcessEntry
 */

const HAS_PROC = existsSync('/proc/self/stat');

/**
 * A process, or undefined once it has ended. A zombie has ended.
 * @param {number} pid
 * @returns {ProcessEntry | undefined}
 */
export function findProcess(pid) {
  return HAS_PROC ? readProc(pid) : askPs(['-p', String(pid)])[0];
}

/** All processes, as far as this user may see them. */
export function listProcesses() {
  return HAS_PROC ? readdirSync('/proc').flatMap((name) => readProc(Number(name)) ?? []) : askPs(['-A']);
}

/** @param {number} pid */
function readProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces: count from after it. State, parent and start time are fields 3, 4 and 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent] = fields;
    const startTime = fields[19];
    if (hasEnded(state) || !startTime) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd();
    return { pid, parent: Number(parent), startTime, command };
  } catch {
    return undefined;
  }
}

/**
 * Where there is no /proc, as on macOS: what POSIX offers, and one program for each look.
 * @param {string[]} which
 */
function askPs(which) {
  try {
    const args = [
      '-ww',
      '-o',
      'pid=',
      '-o',
      'ppid=',
      '-o',
      'state=',
      '-o',
      'lstart=',
      '-o',
      'command=',
      ...which,
    ];
    // Its dates are in the language and time of the machine otherwise.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    return readPs(
      execFileSync('ps', args, {
        encoding: 'utf8',
        env,
        maxBuffer: 64e6,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch (error) {
    // It fails when it finds none.
    if (/** @type {{ status?: number }} */ (error).status === 1) return [];
    throw error;
  }
}

/**
 * The lines of ps: id, parent, state, the start as in `Tue Dec  1 15:21:14 2026`, and the command.
 * @param {string} output
 * @returns {ProcessEntry[]}
 */
export function readPs(output) {
  const pattern = /^ *(\d+) +(\d+) +(\S+) +(\S+ +\S+ +\d+ +[\d:]+ +\d+) (.*)$/gm;
  return [...output.matchAll(pattern)]
    .filter(([, , , state = '']) => !hasEnded(state))
    .map(([, pid, parent, , startTime = '', command = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      startTime,
      command: command.trim(),
    }));
}

/** @param {string} state */
function hasEnded(state) {
  return /^[ZX]/.test(state);
}

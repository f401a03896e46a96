import { findProcess } from './process-table.js';

/**
 * A process. Its start time distinguishes it from a later process with the same id.
 * @typedef {{ pid: number, startTime: string }} ProcessId
 */

/**
 * The identity of a running process; undefined once it has ended.
 * @param {number} pid
 * @returns {ProcessId | undefined}
 */
export function processId(pid) {
  const found = findProcess(pid);
  return found && { pid, startTime: found.startTime };
}

/** @param {ProcessId} process */
export function isAlive({ pid, startTime }) {
  return hasId(pid) && findProcess(pid)?.startTime === startTime;
}

/**
 * Asked first, since it costs nothing and mostly answers.
 * @param {number} pid
 */
function hasId(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processId } from './process-id.js';

/**
 * Does what no two processes may do at a time. The lock is a file that names the process that holds it, so a lock whose
 * process was killed is free.
 * @template Result
 * @param {string} file the beginning of its path; a number follows
 * @param {() => void} onWait called once, when another process holds the lock
 * @param {() => Promise<Result>} work
 * @param {AbortSignal} [signal] ends the wait, with its reason as the error
 * @returns {Promise<Result>}
 */
export async function withLock(file, onWait, work, signal) {
  mkdirSync(path.dirname(file), { recursive: true });
  let release = tryToHold(file);
  if (!release) onWait();
  while (!release) {
    signal?.throwIfAborted();
    await sleep(200);
    release = tryToHold(file);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Each holder makes a file with the next number, which only one can. To remove the file of a dead holder and make it again
 * would let two in: the second that saw it dead would remove the new one.
 * @param {string} file
 * @returns {(() => void) | undefined} what frees it
 */
function tryToHold(file) {
  const before = numbersOf(file);
  const last = before.at(-1) ?? 0;
  if (isHeld(`${file}.${last}`)) return undefined;
  const own = `${file}.${last + 1}`;
  if (!claim(own)) return undefined;
  // Others held it and cleared up since we looked, and may clear up this one too.
  if (numbersOf(file).at(-1) !== last + 1) {
    rmSync(own, { force: true });
    return undefined;
  }
  for (const number of before) rmSync(`${file}.${number}`, { force: true });
  return () => write(own, '');
}

/** @param {string} file */
function isHeld(file) {
  try {
    return isAlive(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Freed, or superseded meanwhile.
    return false;
  }
}

/** @param {string} own */
function claim(own) {
  const draft = `${own}-${process.pid}`;
  writeFileSync(draft, JSON.stringify(processId(process.pid)));
  try {
    // A link, unlike a rename, fails when the name exists.
    linkSync(draft, own);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/**
 * @param {string} own
 * @param {string} text
 */
function write(own, text) {
  const draft = `${own}-${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, own);
}

/** @param {string} file */
function numbersOf(file) {
  const begin = `${path.basename(file)}.`;
  return readdirSync(path.dirname(file))
    .filter((name) => name.startsWith(begin) && /^\d+$/.test(name.slice(begin.length)))
    .map((name) => Number(name.slice(begin.length)))
    .toSorted((a, b) => a - b);
}

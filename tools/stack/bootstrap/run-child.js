import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

// Read at once, since npm may be gone by the time a child is started. npm starts us through a shell, and not every
// shell replaces itself by its last command.
const parent = process.ppid;
const npm = process.env['npm_lifecycle_event'] && nameOf(parent).includes('sh') ? parentOf(parent) : parent;

/**
 * Runs a program in our place: forwards signals to it, stops it when npm is killed, and waits for its end.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @param {NodeJS.Signals} [instead] sent in place of the signal that came
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export async function runChild(command, args, options, instead) {
  const child = spawn(command, args, options);
  // In a terminal the child receives Ctrl-C by itself too, so it must tolerate the signal twice.
  /** @type {(signal: NodeJS.Signals) => void} */
  const pass = (signal) => child.kill(instead ?? signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  const watch = watchNpm(() => pass('SIGTERM'));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject).once('exit', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

/**
 * When npm is killed with kill -9, nothing tells us: look whether it is still there.
 * @param {() => void} gone
 */
function watchNpm(gone) {
  if (!process.env['npm_lifecycle_event']) return undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === parent || parentOf(parent) === npm)) return;
    clearInterval(timer);
    gone();
  }, 1_000);
  return timer.unref();
}

/** @param {number} pid */
function nameOf(pid) {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

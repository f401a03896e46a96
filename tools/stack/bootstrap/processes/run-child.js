import { spawn } from 'node:child_process';
import path from 'node:path';
import { findProcess } from './process-table.js';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

// Read at once, since npm may be gone by the time a child is started. npm starts us through a shell, and not every
// shell replaces itself by its last command.
const parent = process.ppid;
const npm = process.env['npm_lifecycle_event'] && isShell(parent) ? parentOf(parent) : parent;

/**
 * Runs a program in our place: forwards signals to it, stops it when npm is killed, and waits for its end.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export async function runChild(command, args, options) {
  const child = spawn(command, args, options);
  // In a terminal the child receives Ctrl-C by itself too, so it must tolerate the signal twice.
  const release = listenForStop((signal) => child.kill(signal));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject).once('exit', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    release();
  }
}

/**
 * Calls back at each signal to stop, and with SIGTERM when npm was killed.
 * @param {(signal: NodeJS.Signals) => void} stop
 * @returns {() => void} what ends that
 */
export function listenForStop(stop) {
  for (const signal of SIGNALS) process.on(signal, stop);
  const watch = watchNpm(() => stop('SIGTERM'));
  return () => {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, stop);
  };
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
function isShell(pid) {
  const [program = ''] = findProcess(pid)?.command.split(' ') ?? [];
  return path.basename(program).endsWith('sh');
}

/** @param {number} pid */
function parentOf(pid) {
  return findProcess(pid)?.parent;
}

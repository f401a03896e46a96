import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkout } from './folders.js';
import { Trouble } from './trouble.js';

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a TypeScript file on the Node 24 that npm brought, passes signals on, and ends as it ends.
 * The channel between the two closes when we are killed, which is how the script notices.
 * @param {string} script
 * @param {string[]} args
 * @param {{ exit?: boolean }} [options] without `exit`, returns when the script has done well
 */
export async function runOnNode24(script, args, { exit = true } = {}) {
  const node = path.join(checkout, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (!existsSync(node))
    throw new Trouble(`npm brought no Node 24 (${node} is missing): run npm ci --include=optional.`);
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', path.join(checkout, script), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      // Compiled code is kept: a fifth of a second less for each process.
      NODE_COMPILE_CACHE: path.join(checkout, 'node_modules/.cache/node'),
      ...process.env,
      PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH']}`,
    },
  });
  // In a terminal the script gets Ctrl-C by itself too; it must not mind getting it twice.
  /** @type {(signal: NodeJS.Signals) => void} */
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  const watch = watchNpm(() => child.kill('SIGTERM'));
  const [code, signal] = await new Promise((resolve, reject) =>
    child.once('error', reject).once('exit', (...how) => resolve(how)),
  );
  clearInterval(watch);
  for (const name of signals) process.off(name, pass);
  if (code === 0 && !exit) return;
  if (signal) console.error(`${script} was ended by ${signal}.`);
  process.exit(code ?? 128 + (os.constants.signals[/** @type {NodeJS.Signals} */ (signal)] ?? 0));
}

/**
 * npm that is killed outright leaves us running and says nothing: look whether it is still there.
 * @param {() => void} gone
 */
function watchNpm(gone) {
  if (!process.env['npm_lifecycle_event']) return undefined;
  // npm starts us through a shell, and not every shell makes way for its last command.
  const parent = process.ppid;
  const npm = nameOf(parent).includes('sh') ? parentOf(parent) : parent;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === parent || parentOf(parent) === npm)) return;
    clearInterval(timer);
    gone();
  }, 300);
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

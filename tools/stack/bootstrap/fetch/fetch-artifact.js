import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { artifactFolder, isFetched, stampOf } from '../artifacts.js';
import { makeFolder } from '../preflight.js';
import { withLock } from '../processes/with-lock.js';
import { UserError } from '../user-error.js';
import { npmCommand } from './npm-command.js';
import { ProgramError, runQuietly } from './run-quietly.js';

/**
 * @typedef {import('../artifacts.js').Artifact} Artifact
 * @typedef {{ python: string, signal: AbortSignal, say: (text: string) => void }} FetchOptions
 */

const HERE = path.resolve(import.meta.dirname, '..');

/**
 * Fetches one artifact and checks it against the hashes of its requirements. It is completed in a draft folder, which only
 * then gets its name: so an interrupted one is fetched again, and a complete one is not.
 * @param {Artifact} artifact
 * @param {FetchOptions} options
 */
export async function fetchArtifact(artifact, { python, signal, say }) {
  const folder = artifactFolder(artifact);
  const draft = path.join(path.dirname(folder), `.fetching-${artifact.folder}`);
  makeFolder(path.dirname(folder));
  await withLock(
    `${draft}.lock`,
    () => say('another command is fetching it'),
    async () => {
      if (isFetched(artifact)) return;
      rmSync(draft, { recursive: true, force: true });
      mkdirSync(draft);
      const size = async () =>
        say(`${Math.min(await megabytesIn(draft), artifact.megabytes)} of ${artifact.megabytes} MB`);
      const progress = setInterval(() => void size(), 500);
      try {
        await fill(artifact, draft, { python, signal });
        writeFileSync(path.join(draft, '.stamp'), stampOf(artifact));
        // An older version of the same artifact.
        rmSync(folder, { recursive: true, force: true });
        renameSync(draft, folder);
      } finally {
        clearInterval(progress);
        rmSync(draft, { recursive: true, force: true });
      }
    },
    signal,
  );
}

/**
 * @param {Artifact} artifact
 * @param {string} draft an empty folder
 * @param {{ python: string, signal: AbortSignal }} options
 */
async function fill(artifact, draft, { python, signal }) {
  // For all temporary files: pip and jgo must leave the user's home alone.
  const temporary = path.join(draft, '.temporary');
  mkdirSync(temporary);
  if (artifact.npm) await installWithNpm(artifact, draft, temporary, signal);
  else if (artifact.maven) {
    const packages = path.join(temporary, 'packages');
    await installWithPip(artifact, packages, temporary, { python, signal });
    await syncWithJgo(artifact, draft, packages, { python, signal });
  } else await installWithPip(artifact, draft, temporary, { python, signal });
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * Its packages are optional, one for each kind of machine, and npm does not fail when it could not fetch one.
 * @param {Artifact} artifact
 * @param {string} draft
 * @param {string} temporary
 * @param {AbortSignal} signal
 */
async function installWithNpm(artifact, draft, temporary, signal) {
  const lock = path.join(HERE, artifact.requirements);
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(path.dirname(lock), name), path.join(draft, name));
  const [command, ...before] = npmCommand();
  const args = [
    ...before,
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `--cache=${path.join(temporary, 'npm')}`,
  ];
  await runFor(artifact, 'npm', () => runQuietly(command, args, { cwd: draft, signal }));
  if (!existsSync(path.join(draft, 'node_modules')))
    throw new UserError(`Could not download ${artifact.name} from npm. Run the command again.`);
}

/**
 * @param {Artifact} artifact
 * @param {string} target
 * @param {string} temporary
 * @param {{ python: string, signal: AbortSignal }} options
 */
async function installWithPip(artifact, target, temporary, { python, signal }) {
  const file = path.join(HERE, artifact.requirements);
  const args = [
    '-m',
    'pip',
    'install',
    '--no-user',
    '--no-deps',
    '--only-binary=:all:',
    '--no-compile',
    '--no-warn-script-location',
    '--progress-bar=off',
    '--disable-pip-version-check',
    '--root-user-action=ignore',
    '--require-hashes',
  ];
  // pip 25.1 and newer go on where a connection broke; older ones ignore this.
  const env = { TMPDIR: temporary, PIP_RESUME_RETRIES: '10' };
  await runFor(artifact, 'PyPI', () =>
    runQuietly(python, [...args, '--target', target, '-r', file], { cwd: temporary, env, signal }),
  );
}

/**
 * @param {Artifact} artifact
 * @param {string} draft
 * @param {string} packages the folder with jgo
 * @param {{ python: string, signal: AbortSignal }} options
 */
async function syncWithJgo(artifact, draft, packages, { python, signal }) {
  const wanted = path.join(HERE, 'kafka/jgo.lock.toml');
  copyFileSync(path.join(HERE, 'kafka/jgo.toml'), path.join(draft, 'jgo.toml'));
  const jars = path.join(path.dirname(draft), '.jars');
  removeUnlisted(jars, wanted);
  const env = {
    // npm sets COLOR to a value that jgo refuses.
    COLOR: 'plain',
    PYTHONPATH: packages,
    PYTHONDONTWRITEBYTECODE: '1',
    M2_REPO: jars,
    JGO_CACHE_DIR: path.join(path.dirname(packages), 'cache'),
  };
  await runFor(artifact, 'Maven Central', () =>
    runQuietly(python, ['-m', 'jgo', 'sync'], { cwd: draft, env, signal }),
  );
  const [expected, got] = [wanted, path.join(draft, 'jgo.lock.toml')].map(dependenciesIn);
  const wrong = expected?.find((entry, index) => entry !== got?.[index]);
  if (wrong || got?.length !== expected?.length) {
    throw new UserError(
      `Maven Central's files for ${artifact.name} differ from tools/stack/bootstrap/kafka/jgo.lock.toml (${/artifactId = "(.*)"/.exec(wrong ?? '')?.[1]}), so none is used. Run the command again. If they still differ, do not trust this network.`,
    );
  }
  rmSync(jars, { recursive: true, force: true });
}

/** @param {string} file a lock file of jgo */
function dependenciesIn(file) {
  return readFileSync(file, 'utf8')
    .split('[[dependencies]]')
    .slice(1)
    .map((entry) => entry.trim())
    .toSorted();
}

/**
 * jgo takes each file that is there as complete. What an interrupted run left is kept if it is a jar of the lock file.
 * @param {string} folder
 * @param {string} lock
 */
function removeUnlisted(folder, lock) {
  if (!existsSync(folder)) return;
  const listed = readFileSync(lock, 'utf8');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    if (!statSync(file).isFile()) continue;
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (!listed.includes(hash)) rmSync(file);
  }
}

/**
 * @param {Artifact} artifact
 * @param {string} source
 * @param {() => Promise<void>} run
 */
async function runFor(artifact, source, run) {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw new UserError(
      `Could not download ${artifact.name} from ${source} (${error.message}). Fix that and run the command again; finished downloads are kept.`,
    );
  }
}

/**
 * The size of everything under a folder. Files that vanish meanwhile are not counted.
 * @param {string} folder
 */
async function megabytesIn(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = names.map((name) =>
    stat(path.join(folder, name)).then(
      (found) => (found.isFile() ? found.size : 0),
      () => 0,
    ),
  );
  return Math.round((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1e6);
}

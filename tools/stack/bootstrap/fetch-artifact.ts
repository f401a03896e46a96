import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { execa, ExecaError } from 'execa';
import type { Artifact } from './artifacts.js';
import { UserError } from './user-error.js';

export interface FetchOptions {
  python: string;
  /** An empty folder for the artifact and for all temporary files: pip and jgo must leave the user's home alone. */
  draft: string;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** Fetches one artifact and checks it against the hashes of its requirements and jgo.lock.toml. @throws UserError */
export async function fetchArtifact(artifact: Artifact, options: FetchOptions): Promise<void> {
  const { draft, say } = options;
  const progress = setInterval(
    async () => say(`${Math.min(await megabytesIn(draft), artifact.megabytes)} of ${artifact.megabytes} MB`),
    500,
  );
  const temporary = path.join(draft, '.temporary');
  try {
    mkdirSync(temporary);
    if (artifact.npm) return await installWithNpm(artifact, temporary, options);
    const packages = artifact.maven ? path.join(temporary, 'packages') : draft;
    await installWithPip(artifact, packages, temporary, options);
    if (artifact.maven) await syncWithJgo(artifact, packages, temporary, options);
  } finally {
    clearInterval(progress);
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Its packages are optional, one for each kind of machine, and npm does not fail when it could not fetch one. */
async function installWithNpm(artifact: Artifact, temporary: string, options: FetchOptions): Promise<void> {
  const lock = path.join(import.meta.dirname, artifact.requirements);
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(path.dirname(lock), name), path.join(options.draft, name));
  const args = [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `--cache=${path.join(temporary, 'npm')}`,
  ];
  await run(artifact, args, {}, 'npm', options, 'npm');
  if (!existsSync(path.join(options.draft, 'node_modules')))
    throw new UserError(`Could not download ${artifact.name} from npm. Run the command again.`);
}

async function installWithPip(
  artifact: Artifact,
  target: string,
  temporary: string,
  options: FetchOptions,
): Promise<void> {
  const requirements = path.join(import.meta.dirname, artifact.requirements);
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
  await run(
    artifact,
    [...args, '--target', target, '-r', requirements],
    { TMPDIR: temporary },
    'PyPI',
    options,
  );
}

async function syncWithJgo(
  artifact: Artifact,
  packages: string,
  temporary: string,
  options: FetchOptions,
): Promise<void> {
  const { draft } = options;
  copyFileSync(path.join(import.meta.dirname, 'kafka/jgo.toml'), path.join(draft, 'jgo.toml'));
  // npm sets COLOR to a value that jgo refuses.
  const env = {
    COLOR: 'plain',
    PYTHONPATH: packages,
    PYTHONDONTWRITEBYTECODE: '1',
    M2_REPO: path.join(temporary, 'm2'),
    JGO_CACHE_DIR: path.join(temporary, 'cache'),
  };
  await run(artifact, ['-m', 'jgo', 'sync'], env, 'Maven Central', options);
  const lock = (file: string) =>
    readFileSync(file, 'utf8')
      .split('[[dependencies]]')
      .slice(1)
      .map((entry) => entry.trim())
      .toSorted();
  const wanted = lock(path.join(import.meta.dirname, 'kafka/jgo.lock.toml'));
  const got = lock(path.join(draft, 'jgo.lock.toml'));
  const wrong = wanted.find((entry, index) => entry !== got[index]);
  if (wrong || got.length !== wanted.length) {
    throw new UserError(
      `Maven Central's files for ${artifact.name} differ from tools/stack/bootstrap/kafka/jgo.lock.toml (${/artifactId = "(.*)"/.exec(wrong ?? '')?.[1]}), so none is used. Run the command again. If they still differ, do not trust this network.`,
    );
  }
}

async function run(
  artifact: Artifact,
  args: string[],
  env: NodeJS.ProcessEnv,
  source: string,
  options: FetchOptions,
  program = options.python,
): Promise<void> {
  try {
    await execa(program, args, { cwd: options.draft, env, cancelSignal: options.signal, all: true });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const output: string = error.all ?? '';
    const lines = output.split('\n').map((line) => line.replace(/[│╭╮╰╯─]/g, '').trim());
    const reason =
      lines.findLast((line) => /[a-z]/i.test(line) && !line.startsWith('WARNING')) ?? error.shortMessage;
    throw new UserError(
      `Could not download ${artifact.name} from ${source} (${reason}). Fix that and run the command again; finished downloads are kept.`,
    );
  }
}

/** The size of everything under a folder. Files that vanish meanwhile are not counted. */
async function megabytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(path.join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return Math.round((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1e6);
}

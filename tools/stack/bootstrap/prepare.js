import { existsSync } from 'node:fs';
import path from 'node:path';
import { needsOf, PURPOSE_NAMES } from './artifacts.js';
import { fetchMissing } from './fetch/fetch-missing.js';
import { CHECKOUT } from './folders.js';
import { HELP } from './help.js';
import { checkHome, checkPlatform } from './preflight.js';
import { runOnNode24 } from './run-on-node-24.js';
import { report, UserError } from './user-error.js';

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
        `No script was named. Usage: node tools/stack/bootstrap/bootstrap.js [--with=${PURPOSE_NAMES.join('|')}] <script.ts> [arguments].`,
      );
    const text = HELP[script];
    const asksForHelp = args.some((word) => word === '--help' || word === '-h');
    if (text && asksForHelp) return console.log(text);
    if (!existsSync(path.join(CHECKOUT, script)))
      throw new UserError(`There is no ${script} in ${CHECKOUT}.`);

    // Root runs PostgreSQL as another user, which a stricter umask would shut out of what root makes.
    if (process.getuid?.() === 0) process.umask(0o022);
    checkPlatform(purpose);
    checkHome();
    await fetchMissing(asksForHelp ? purposeOfHelp(purpose) : purpose);
    if (args.includes('--fetch-only')) return console.log('All that this command needs is fetched.');
    await runOnNode24(script, args);
  } catch (error) {
    report(error);
  }
}

/**
 * A script that says itself how it is used needs its packages for that, and no more.
 * @param {string | undefined} purpose
 */
function purposeOfHelp(purpose) {
  return needsOf(purpose).packages === 'all' ? 'development' : undefined;
}

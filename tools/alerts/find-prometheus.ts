import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

/** The programs of Prometheus. */
export interface Prometheus {
  readonly prometheus: string;
  readonly promtool: string;
}

export const NO_PROMETHEUS =
  'there is no Prometheus on PATH, and no apt-get to unpack the package of Debian or Ubuntu from';

/**
 * Finds Prometheus on PATH. Otherwise the package of Debian or Ubuntu is downloaded, once, and unpacked into the folder of
 * artifacts: nothing is installed, and it needs no root.
 * @returns undefined where that is not possible either: see {@link NO_PROMETHEUS}
 * @throws UserError when it cannot be downloaded
 */
export async function findPrometheus(artifacts: string): Promise<Prometheus | undefined> {
  const [prometheus, promtool] = [onPath('prometheus'), onPath('promtool')];
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  const folder = path.join(artifacts, 'prometheus');
  if (!existsSync(folder)) {
    if (onPath('apt-get') === undefined) return undefined;
    await unpackPackage(artifacts, folder);
  }
  const programs = path.join(folder, 'usr/bin');
  return { prometheus: path.join(programs, 'prometheus'), promtool: path.join(programs, 'promtool') };
}

function onPath(program: string): string | undefined {
  const files = (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, program));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Completes it in a draft folder, so that the folder is whole when it has its name. */
async function unpackPackage(artifacts: string, folder: string): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  const draft = mkdtempSync(path.join(artifacts, '.prometheus-'));
  try {
    await download(draft);
    const file = readdirSync(draft).find((name) => name.endsWith('.deb')) ?? '';
    await execa('dpkg-deb', ['-x', file, 'unpacked'], { cwd: draft });
    // Another process may have been quicker.
    if (!existsSync(folder)) renameSync(path.join(draft, 'unpacked'), folder);
  } catch (error) {
    throw new UserError(
      `Could not download Prometheus by apt-get. Install it (Debian, Ubuntu: apt install prometheus), or run this again.\n${(error as Error).message}`,
    );
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function download(draft: string): Promise<void> {
  const load = async (options: string[]) =>
    execa('apt-get', [...options, 'download', 'prometheus'], { cwd: draft });
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

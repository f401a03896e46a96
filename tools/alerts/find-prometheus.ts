import { accessSync, constants, cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { unpackPackages } from './unpack-packages.ts';

/** The programs of Prometheus. */
export interface Prometheus {
  readonly prometheus: string;
  readonly promtool: string;
}

export const NO_PROMETHEUS =
  'there is no Prometheus on PATH, and no apt-get to unpack the package of Debian or Ubuntu from';

/**
 * Finds Prometheus on PATH. Otherwise the package of Debian or Ubuntu is downloaded, once, and unpacked into the folder of
 * artifacts.
 * @returns undefined where that is not possible either: see {@link NO_PROMETHEUS}
 * @throws UserError when it cannot be downloaded
 */
export async function findPrometheus(artifacts: string): Promise<Prometheus | undefined> {
  const [prometheus, promtool] = [onPath('prometheus'), onPath('promtool')];
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  const folder = folderOf(artifacts);
  if (!existsSync(folder) && onPath('apt-get') === undefined) return undefined;
  await unpackPackages(['prometheus'], folder);
  const programs = path.join(folder, 'usr/bin');
  return { prometheus: path.join(programs, 'prometheus'), promtool: path.join(programs, 'promtool') };
}

/** What the pages of Debian's Prometheus load, which it has as packages of their own. */
const PAGE_PACKAGES = [
  'fonts-glyphicons-halflings',
  'libjs-bootstrap4',
  'libjs-d3',
  'libjs-eonasdan-bootstrap-datetimepicker',
  'libjs-jquery',
  'libjs-jquery-hotkeys',
  'libjs-moment',
  'libjs-moment-timezone',
  'libjs-mustache',
  'libjs-popper.js',
  'libjs-rickshaw',
];

/**
 * The pages of a Prometheus that was unpacked, with all that they load.
 * @returns undefined for one on PATH, which finds them by itself
 * @throws UserError when they cannot be downloaded
 */
export async function findPages(artifacts: string, { prometheus }: Prometheus): Promise<string | undefined> {
  const folder = folderOf(artifacts);
  if (!prometheus.startsWith(folder)) return undefined;
  const complete = path.join(artifacts, 'prometheus-pages');
  const pages = 'usr/share/prometheus/web';
  await unpackPackages(PAGE_PACKAGES, complete, (draft) =>
    cpSync(path.join(folder, pages), path.join(draft, pages), { recursive: true, verbatimSymlinks: true }),
  );
  return path.join(complete, pages);
}

function folderOf(artifacts: string): string {
  return path.join(artifacts, 'prometheus');
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

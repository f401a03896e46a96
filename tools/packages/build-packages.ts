import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** Where the sources of each package are, and its `package.json`. */
export const PACKAGE_FOLDERS: readonly string[] = globSync(
  ['contracts/package.json', 'packages/*/package.json'],
  {
    cwd: CHECKOUT,
  },
)
  .map((file) => path.dirname(file))
  .toSorted();

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string>>;
}

export interface BuiltPackage {
  readonly name: string;
  readonly folder: string;
  /** What npm installs in another project. Of a folder it would make a link, from which Node finds what the checkout has. */
  readonly tarball: string;
}

/**
 * Writes each package as it is published: JavaScript with declarations in place of TypeScript, since Node strips no types below
 * node_modules. Beside each folder is its tarball.
 * @param out is written again
 */
export async function buildPackages(out: string): Promise<BuiltPackage[]> {
  const compiled = mkdtempSync(path.join(tmpdir(), 'gozon-packages-'));
  try {
    await execa('tsc', ['--project', 'tools/packages', '--outDir', compiled], {
      cwd: CHECKOUT,
      preferLocal: true,
      stdout: 'inherit',
    });
    rmSync(out, { recursive: true, force: true });
    return await packPackages(
      PACKAGE_FOLDERS.map((folder) => writePackage(folder, compiled, out)),
      out,
    );
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}

async function packPackages(folders: readonly string[], out: string): Promise<BuiltPackage[]> {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', out, ...folders]);
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return folders.map((folder) => {
    const { name } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    const filename = packed.find((one) => one.name === name)?.filename;
    if (filename === undefined) throw new Error(`npm did not pack ${name}`);
    return { name, folder, tarball: path.join(out, filename) };
  });
}

function writePackage(folder: string, compiled: string, out: string): string {
  const sources = path.join(CHECKOUT, folder);
  const target = path.join(out, path.basename(folder));
  mkdirSync(target, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(sources, 'package.json'), 'utf8')) as Manifest;
  const code = folder === 'contracts' ? folder : `${folder}/src`;
  cpSync(path.join(compiled, code), target, { recursive: true });
  for (const name of ['README.md', ...globSync('*.sql', { cwd: sources })])
    cpSync(path.join(sources, name), path.join(target, name));
  cpSync(path.join(CHECKOUT, 'LICENSE'), path.join(target, 'LICENSE'));
  writeFileSync(
    path.join(target, 'package.json'),
    `${JSON.stringify(toPublished(manifest), undefined, 2)}\n`,
  );
  return target;
}

/** In the checkout a package is private, so that nobody publishes its TypeScript. */
function toPublished({ private: _private, exports, ...rest }: Manifest): object {
  return {
    ...rest,
    exports: Object.fromEntries(
      Object.entries(exports).map(([name, file]) => [name, file.endsWith('.ts') ? toBuilt(file) : file]),
    ),
  };
}

function toBuilt(file: string): { readonly types: string; readonly default: string } {
  const built = file.replace('./src/', './').replace(/\.ts$/, '');
  return { types: `${built}.d.ts`, default: `${built}.js` };
}

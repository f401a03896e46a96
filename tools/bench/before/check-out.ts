import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT, homeFolder } from '#tools/stack/bootstrap/folders.js';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

/** A copy of the sources that can be started. */
export interface Copy {
  readonly folder: string;
  /** Of its npm start, from its folder. */
  readonly bootstrap: string;
  readonly startFile: string;
}

/** The sources as they are. */
export function thisCopy(): Copy {
  return copyIn(CHECKOUT);
}

/** Unpacks a commit, unless that was done before, and lets its own bootstrap fetch its packages. */
export async function checkOut(commit: string): Promise<Copy> {
  const { stdout: id } = await execa('git', ['rev-parse', '--short', `${commit}^{commit}`], {
    cwd: CHECKOUT,
  }).catch(() => {
    throw new UserError(`There is no commit ${commit}.`);
  });
  const folder = path.join(homeFolder().home, 'bench', `sources-${id}`);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    const archive = execa('git', ['archive', id], { cwd: CHECKOUT, encoding: 'buffer' });
    await archive.pipe('tar', ['-x'], { cwd: folder });
  }
  const copy = copyIn(folder);
  const nothing = 'nothing.ts';
  writeFileSync(path.join(folder, nothing), '');
  await execa(process.execPath, [copy.bootstrap, '--with=stack', nothing], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return copy;
}

function copyIn(folder: string): Copy {
  const { scripts } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [, bootstrap, startFile] = /^node (\S+) --with=stack (\S+)$/.exec(scripts.start) ?? [];
  if (bootstrap === undefined || startFile === undefined)
    throw new UserError(`The npm start of ${folder} is of another kind: ${scripts.start}`);
  return { folder, bootstrap, startFile };
}

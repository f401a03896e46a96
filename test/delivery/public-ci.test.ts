import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { requireProgram } from '#test/support/delivery/helm.ts';
import { buildGoPrograms } from '#test/support/go-programs.ts';
import { artifactFolder, artifactIn } from '#tools/stack/bootstrap/artifacts.js';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

async function findActionlint(): Promise<string | undefined> {
  if (!(await execa('actionlint', ['--version'], { reject: false })).failed) return 'actionlint';
  const folder = await buildGoPrograms({
    folder: 'actionlint-1.7.12',
    packages: ['github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'],
  });
  return folder && path.join(folder, 'actionlint');
}

describe('the workflows of .github', () => {
  const files = globSync('.github/workflows/*.yml', { cwd: CHECKOUT });

  it('are right by actionlint', async function () {
    this.timeout(300_000);
    const actionlint = await requireProgram(this, 'actionlint', findActionlint);
    const { all, failed } = await execa(actionlint, files, { cwd: CHECKOUT, all: true, reject: false });
    assert.ok(!failed, all);
  });

  it('have no hole that zizmor knows, nor has the file of updates', async () => {
    const zizmor = path.join(artifactFolder(artifactIn('zizmor-1.30.1')), 'bin/zizmor');
    const { all, failed } = await execa(zizmor, ['--offline', '--min-severity=medium', '.github'], {
      cwd: CHECKOUT,
      all: true,
      reject: false,
    });
    assert.ok(!failed, all);
  });

  it('name each action by a commit, with the version that it is', () => {
    const used = files.flatMap((file) =>
      [...readFileSync(path.join(CHECKOUT, file), 'utf8').matchAll(/uses: (.+)$/gm)].map(
        ([, action = '']) => action,
      ),
    );
    assert.ok(used.length > 10);
    assert.deepEqual(
      used.filter(
        (action) =>
          !/^(\.\/\.github\/workflows\/[\w-]+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(action),
      ),
      [],
    );
  });
});

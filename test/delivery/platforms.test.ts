import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import pMap from 'p-map';
import { needsOf } from '#tools/stack/bootstrap/artifacts.js';
import { isFor, packageSet } from '#tools/stack/bootstrap/fetch/package-set.js';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { PLATFORMS, findPython } from '#tools/stack/bootstrap/preflight.js';

/** What pip calls the oldest machine of each kind that this is for. */
const TAGS: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['manylinux_2_28_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
  'linux-arm64': ['manylinux_2_28_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
  'darwin-x64': ['macosx_13_0_x86_64'],
  'darwin-arm64': ['macosx_13_0_arm64'],
};

for (const here of PLATFORMS) {
  const [platform = '', arch = ''] = here.split('-');

  describe(`the registries have, for ${here},`, function () {
    this.timeout(300_000);
    const folder = mkdtempSync(path.join(tmpdir(), 'gozon-platforms-'));
    after(() => rmSync(folder, { recursive: true }));

    it('each artifact of npm start and the tests, with a hash that is listed', async function () {
      const { stdout } = await execa(findPython(), ['-m', 'pip', 'install', '--help']);
      if (!stdout.includes('--dry-run')) this.skip();
      const { artifacts } = needsOf('tests', platform);
      assert.ok(artifacts.length >= 4);
      const tags = (TAGS[here] ?? []).flatMap((tag) => ['--platform', tag]);
      await pMap(
        artifacts,
        async ({ requirements }) => {
          const file = path.join(CHECKOUT, 'tools/stack/bootstrap', requirements);
          const args = ['-m', 'pip', 'install', '--dry-run', '--quiet', '--no-deps', '--require-hashes'];
          const machine = ['--only-binary=:all:', '--python-version=3.12', ...tags];
          await execa(findPython(), [...args, ...machine, '--target', folder, '-r', file]);
        },
        { concurrency: 3 },
      );
    });

    it('each native npm package, with the hash that is listed', async () => {
      const native = Object.entries(packageSet('start').packages).filter(
        ([, entry]) => entry.os !== undefined && isFor(entry, { platform, arch }),
      );
      assert.ok(native.length >= 4);
      await pMap(
        native,
        async ([at, { version, integrity }]) => {
          const name = at.replace(/^.*node_modules\//, '');
          const { stdout } = await execa('npm', ['view', `${name}@${version}`, 'dist.integrity']);
          assert.equal(stdout.trim(), integrity, name);
        },
        { concurrency: 3 },
      );
    });
  });
}

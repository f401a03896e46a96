import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ARTIFACTS } from '#tools/stack/bootstrap/artifacts.js';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

interface Package {
  readonly link?: boolean;
  readonly version: string;
  readonly license?: string;
  readonly dev?: true;
}

/** Licences that ask for no more than their text and a notice, also of what is shipped. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'PSF-2.0',
  'Unlicense',
]);

/** Other licences, each for one package and a reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  // A check of pages in the tests. The licence binds who changes its files.
  'axe-core': 'MPL-2.0',
  // Reads CSS while the dashboard is built. The same.
  lightningcss: 'MPL-2.0',
  // Which browser knows what: data, of which the image workflows has the package with its notice, for webpack.
  'caniuse-lite': 'CC-BY-4.0',
};

/** What `npm start` and the benchmark fetch for this machine, and nothing here ships. */
const FETCHED_EXCEPTIONS: Readonly<Record<string, string>> = {
  // Kafka runs on it; the exception is for programs that do.
  'java-25.0.2': 'GPL-2.0-only WITH Classpath-exception-2.0',
  // A peer that only `npm run bench:restate` fetches and runs. Nobody may offer it as a service.
  'restate-1.7.12': 'BUSL-1.1',
};

/** The text is in its LICENSE, and package.json does not say so. */
const UNDECLARED: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

const packages = Object.entries(
  (
    JSON.parse(readFileSync(path.join(CHECKOUT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, Package>;
    }
  ).packages,
)
  // Not the links to our own.
  .filter(([at, { link }]) => at.includes('node_modules/') && !link)
  .map(([at, entry]) => ({ name: at.replace(/^.*node_modules\//, ''), ...entry }));

/** Whether an SPDX expression of AND, OR and brackets around all of it leaves a permissive choice. */
function isPermissive(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((name) => PERMISSIVE.has(name)));
}

function exceptionFor(name: string): string | undefined {
  const base = name.startsWith('lightningcss-') ? 'lightningcss' : name;
  return EXCEPTIONS[base];
}

describe('the licences of what this project uses', () => {
  it('are permissive for each npm package, or an exception with a reason', () => {
    assert.ok(packages.length > 300);
    const refused = packages
      .map(({ name, version, license = UNDECLARED[name] ?? 'none' }) => ({ name, version, license }))
      .filter(({ name, license }) => !isPermissive(license) && exceptionFor(name) !== license);
    assert.deepEqual(refused, []);
  });

  it('are permissive for each artifact that is fetched, or an exception with a reason', () => {
    const refused = ARTIFACTS.filter(
      ({ folder, license }) => !isPermissive(license) && FETCHED_EXCEPTIONS[folder] !== license,
    );
    assert.deepEqual(
      refused.map(({ folder, license }) => `${folder}: ${license}`),
      [],
    );
  });

  it('bind nobody to publish a change of what the images ship', () => {
    const shipped = packages.filter(({ dev }) => !dev).map(({ license = '' }) => license);
    assert.deepEqual(
      shipped.filter((license) => /GPL|MPL|EPL|CDDL|SSPL|BUSL/.test(license)),
      [],
    );
  });

  it('have no exception that nothing needs', () => {
    const names = new Set(packages.map(({ name }) => name));
    const folders = new Set<string>(ARTIFACTS.map(({ folder }) => folder));
    assert.deepEqual(
      [...Object.keys(EXCEPTIONS), ...Object.keys(UNDECLARED)].filter((name) => !names.has(name)),
      [],
    );
    assert.deepEqual(
      Object.keys(FETCHED_EXCEPTIONS).filter((folder) => !folders.has(folder)),
      [],
    );
  });
});

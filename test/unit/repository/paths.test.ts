import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const documents = globSync(['**/*.md', '.github/*.md', 'llms.txt'], {
  cwd: CHECKOUT,
  exclude: (name) => name === 'node_modules' || (name.startsWith('.') && name !== '.github'),
}).toSorted();
interface Manifest {
  readonly scripts: Record<string, string>;
  readonly imports: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8')) as Manifest;

/** A folder with a slash, or a file whose name ends as source or documents do. Routes begin with a slash. */
const PATH = /^(?:\.?[a-z][\w.*-]*\/[\w./*-]*|[\w.*-]*\.(?:ts|tsx|js|md|ya?ml|sh|sql|properties))$/;
/** Media types, Kafka's own scripts, names in a cluster, and what is not stored: it is built, or belongs to one machine. */
const NO_PATH =
  /^(?:application\/|http\/(?:protobuf|json)$|kafka-[\w-]+\.sh$|registry\.example\/|deployment\/|dashboard\/dist|dist\/|node_modules\/|\.gozon\/|secrets\/|\.venv\/|(?:docker-compose\.override\.yml|my-values\.yaml)$)/;

/** A path begins at the checkout, or at a folder that holds the document. A bare name, or a pattern, may be anywhere. */
function exists(file: string, document: string): boolean {
  const folders = document.split('/').map((_, depth, names) => names.slice(0, depth).join('/'));
  if (folders.some((folder) => existsSync(path.join(CHECKOUT, folder, file)))) return true;
  const pattern = file.includes('/') ? file : `*/**/${file}`;
  return globSync(pattern, { cwd: CHECKOUT, exclude: (name) => name === 'node_modules' }).length > 0;
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe("README's table of folders", () => {
  const readme = readFileSync(path.join(CHECKOUT, 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([\w.-]+)\/` +\| (.+?) +\| (.+?) +\|$/gm)].map(
    ([, folder = '', job = '', ships = '']) => ({ folder, job, ships }),
  );

  it('lists each folder of the code', () => {
    const houses = Object.keys(manifest.imports).map((name) => name.replace(/^#(.+)\/\*$/, '$1'));
    assert.deepEqual(
      rows.map(({ folder }) => folder).toSorted(),
      [...houses, 'dashboard', 'docs', 'examples', '.ci', '.devcontainer', '.github'].toSorted(),
    );
  });

  it('names the job of a folder in at most ten words', () => {
    assert.deepEqual(
      rows.map(({ job }) => job).filter((job) => job.split(' ').length > 10),
      [],
    );
  });

  it('marks the folders that the images contain', () => {
    const dockerfile = readFileSync(path.join(CHECKOUT, 'Dockerfile'), 'utf8');
    const copied = rows.filter(({ folder }) =>
      new RegExp(`^COPY ${folder} ${folder}$`, 'm').test(dockerfile),
    );
    assert.deepEqual(
      rows.filter(({ ships }) => ships !== 'no'),
      copied,
    );
  });
});

describe('docs/README.md', () => {
  it('lists each page of docs/', () => {
    const text = readFileSync(path.join(CHECKOUT, 'docs/README.md'), 'utf8');
    const pages = globSync('**/*.md', { cwd: path.join(CHECKOUT, 'docs') });
    assert.deepEqual(
      pages.filter((page) => page !== 'README.md' && !text.includes(`](${page})`)),
      [],
    );
  });
});

describe("ARCHITECTURE's table of dependencies", () => {
  it('gives a reason for each dependency, and for no other', () => {
    const text = readFileSync(path.join(CHECKOUT, 'ARCHITECTURE.md'), 'utf8');
    const table = /^\| dependency .*\n\|.*\n((?:\|.*\n)+)/m.exec(text)?.[1] ?? '';
    const listed = table
      .split('\n')
      .flatMap((row) => row.split('|')[1]?.split(',') ?? [])
      .map((name) => name.replaceAll('`', '').trim());
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const ofPackages = globSync(['contracts/package.json', 'packages/*/package.json'], { cwd: CHECKOUT })
      .map((file) => JSON.parse(readFileSync(path.join(CHECKOUT, file), 'utf8')) as Partial<Manifest>)
      .flatMap((one) => Object.keys(one.dependencies ?? {}));
    const ours = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const used = [...new Set([...ours, ...ofPackages])].filter((name) => !name.startsWith('@types/'));
    const lists = (entry: string, name: string) => path.matchesGlob(name, entry);
    assert.deepEqual(
      used.filter((name) => !listed.some((entry) => lists(entry, name))),
      [],
    );
    assert.deepEqual(
      listed.filter((entry) => !used.some((name) => lists(entry, name))),
      [],
    );
  });
});

for (const document of documents) {
  describe(document, () => {
    const text = readFileSync(path.join(CHECKOUT, document), 'utf8');

    it(`names no file or folder that does not exist`, () => {
      const words = [...text.matchAll(/```\w*\n(.*?)```|`([^`]+)`/gs)].flatMap(([, block, span = '']) =>
        (block ?? span).split(/\s+/),
      );
      const missing = words.filter(
        (word) => PATH.test(word) && !NO_PATH.test(word) && !exists(word, document),
      );
      assert.deepEqual([...new Set(missing)], []);
    });

    it(`names no npm script that does not exist`, () => {
      const named = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = '']) => name);
      assert.deepEqual(
        [...new Set(named)].filter((name) => !(name in manifest.scripts)),
        [],
      );
    });

    it(`links to no page or heading that does not exist`, () => {
      const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
      const broken = links.filter(([, page = '', anchor]) => {
        const target = page === '' ? document : path.join(path.dirname(document), page);
        if (!existsSync(path.join(CHECKOUT, target))) return true;
        return (
          anchor !== undefined &&
          !anchorsOf(readFileSync(path.join(CHECKOUT, target), 'utf8')).includes(anchor)
        );
      });
      assert.deepEqual(
        broken.map(([link]) => link),
        [],
      );
    });
  });
}

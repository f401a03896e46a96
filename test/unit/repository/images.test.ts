import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const read = (file: string) => readFileSync(path.join(CHECKOUT, file), 'utf8');

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly string[];
}

/** The Dockerfile's, in their order. */
const stages: Stage[] = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((text) => {
    const [first = '', ...instructions] = text.trim().split('\n');
    const [, from = '', , name = ''] = first.split(' ');
    return { name, from, instructions };
  });

/** A stage with all that it is made of, the first one first. */
function chainOf(name: string): Stage[] {
  const stage = stages.find((one) => one.name === name);
  return stage ? [...chainOf(stage.from), stage] : [];
}

/** What a stage copies from the checkout, or from another stage, in its folder. */
function copiesOf({ instructions }: Stage) {
  return instructions.flatMap((instruction) => {
    const [, stage, words = ''] = /^COPY (?:--from=(\S+) )?(.+)$/.exec(instruction) ?? [];
    const [to = '', ...sources] = words.split(' ').toReversed();
    return sources.map((source) => ({
      stage,
      source,
      to: to.endsWith('/') ? path.join(to, path.basename(source)) : to,
    }));
  });
}

const ignored = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Patterns of .dockerignore, of which the last that fits decides. */
function isSent(file: string): boolean {
  const fits = (pattern: string) =>
    path.matchesGlob(file, pattern) || path.matchesGlob(file, `${pattern}/**`);
  const last = ignored.findLast((line) => fits(line.replace(/^!/, '')));
  return last === undefined || last.startsWith('!');
}

/** The packages that a stage leaves out beside those for development: `rm -rf` in node_modules. */
function leftOut(name: string): string[] {
  const removals = chainOf(name).flatMap(({ instructions }) =>
    instructions.flatMap((text) => [
      ...(/RUN cd node_modules && rm -rf (.+)/.exec(text.replaceAll(/ +/g, ' '))?.[1]?.split(' ') ?? []),
    ]),
  );
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean }> };
  const forDevelopment = Object.entries(lock.packages).flatMap(([at, { dev }]) =>
    dev ? at.replace(/^node_modules\//, '') : [],
  );
  return [...removals, ...forDevelopment];
}

describe('the Dockerfile', () => {
  it('copies only what there is and what is sent to it', () => {
    const copies = stages.flatMap((stage) => copiesOf(stage).map((copy) => ({ ...copy, by: stage.name })));
    assert.ok(copies.length > 30);
    for (const { source, stage, by } of copies) {
      if (stage !== undefined)
        assert.ok(
          stages.some(({ name }) => name === stage),
          `${by} copies from ${stage}`,
        );
      else assert.ok(existsSync(path.join(CHECKOUT, source)) && isSent(source), `${by} copies ${source}`);
    }
  });

  it('has a stage for each image that compose builds, and for each that is published', () => {
    const named = [
      ...read('docker-compose.yml').matchAll(/target: ([\w-]+)/g),
      ...read('.github/workflows/images.yml').matchAll(/(?<=image: \[.*)([\w-]+)(?=.*\])/g),
    ].map(([, name = '']) => name);
    assert.deepEqual([...new Set(named)].toSorted(), [
      'gateway',
      'orders',
      'payments',
      'set-up',
      'workflows',
    ]);
    for (const name of named) assert.ok(chainOf(name).length > 0, name);
  });
});

/** Programs that end without settings, once all that they import is loaded. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  gateway: ['gateway/main.ts'],
  orders: ['orders/main.ts'],
  payments: ['payments/main.ts'],
  workflows: ['workflows/main.ts'],
  'set-up': ['deploy/check-settings.ts', 'deploy/set-up-databases.ts', 'deploy/set-up-temporal.ts'],
};

describe('an image', function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gozon-image-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Lays out what a stage has of the checkout. Packages are ours, and {@link refuse} keeps from those that it has not. */
  function layOut(name: string): void {
    for (const { source, to } of chainOf(name).flatMap(copiesOf)) {
      if (source.startsWith('/app/')) continue;
      mkdirSync(path.dirname(path.join(folder, to)), { recursive: true });
      cpSync(path.join(CHECKOUT, source), path.join(folder, to), {
        recursive: true,
        filter: (file) => isSent(path.relative(CHECKOUT, file)),
      });
    }
    symlinkSync(path.join(CHECKOUT, 'node_modules'), path.join(folder, 'node_modules'));
  }

  /** A module that lets none of these packages be loaded. */
  function refuse(packages: readonly string[]): string {
    const script = `
      import { registerHooks } from 'node:module';
      const packages = ${JSON.stringify(packages)};
      registerHooks({
        load(url, context, next) {
          const found = packages.find((name) => url.includes('/node_modules/' + name + '/'));
          if (found) throw new Error(found + ' is not in the image');
          return next(url, context);
        },
      });`;
    return `data:text/javascript,${encodeURIComponent(script)}`;
  }

  async function run(name: string, program: string, ...more: string[]) {
    const fence = refuse(
      leftOut(
        chainOf(name)
          .flatMap(copiesOf)
          .find(({ to }) => to === 'node_modules')?.stage ?? name,
      ),
    );
    const options = ['--disable-warning=ExperimentalWarning', `--import=${fence}`, ...more];
    return execa(process.execPath, [...options, program], {
      cwd: folder,
      env: {},
      extendEnv: false,
      reject: false,
    });
  }

  for (const [name, programs] of Object.entries(PROGRAMS)) {
    it(`has all that its processes load: ${name}`, async () => {
      layOut(name);
      for (const program of programs) {
        const more = program.endsWith('/main.ts') ? ['--import=@opentelemetry/sdk-node'] : [];
        const { stderr } = await run(name, program, ...more);
        assert.match(stderr, /^[\w-]+: Settings are wrong\./, program);
      }
    });
  }

  it('has all that bundles the workflow code', async () => {
    layOut('workflow-bundle');
    const { stderr } = await run('workflow-bundle', 'deploy/bundle-workflows.ts');
    assert.match(stderr, /which file\?/);
  });
});

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { execa } from 'execa';
import { parse } from 'yaml';
import type { z } from 'zod';
import { gatewaySettings } from '#gateway/settings.ts';
import { ordersSettings } from '#orders/settings.ts';
import { paymentsSettings } from '#payments/settings.ts';
import { byFile } from '#platform/process/config.ts';
import { metricsIn } from '#test/support/metrics/metrics-in.ts';
import { readMetricsPage } from '#test/support/metrics/metrics-page.ts';
import { workflowsSettings } from '#workflows/settings.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Without ENVIRONMENT, which is read of every process, beside its settings. */
const names = ({ shape }: { shape: object }) => Object.keys(shape).filter((name) => name !== 'ENVIRONMENT');

const schemas: Record<string, z.ZodObject> = {
  gateway: gatewaySettings,
  orders: ordersSettings,
  payments: paymentsSettings,
  workflows: workflowsSettings,
};
const services = Object.entries(schemas).map(([service, schema]) => [service, names(schema)] as const);

/** Set in the images; for clusters that are not compose's own; of npm start alone; by default each service has its own. */
const notToldByCompose =
  /^(HOST|PORT|WORKFLOW_BUNDLE|KAFKA_(TLS.*|SASL_MECHANISM|USERNAME|PASSWORD)|TEMPORAL_(TLS.*|API_KEY|CONFIG_FILE|PROFILE)|STACK_URL|OTEL_SERVICE_NAME)$/;

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const compose = parse(text, { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, { environment?: Record<string, string | null> }>;
  };

  for (const [service, settings] of services) {
    it(`tells ${service} each of its settings, and nothing that it does not read`, () => {
      const { ENVIRONMENT, ...told } = compose.services[service]?.environment ?? {};
      assert.ok(ENVIRONMENT);
      const expected = settings.filter((name) => !notToldByCompose.test(name));
      assert.deepEqual(Object.keys(told).toSorted(), expected.toSorted());
    });
  }

  it('asks for nothing that .env.example does not show', () => {
    const passedOn = Object.values(compose.services).flatMap(({ environment = {} }) =>
      Object.keys(environment).filter((name) => environment[name] === null),
    );
    const asked = [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
    const shown = [...read('.env.example').matchAll(/^#?(\w+)=/gm)].map(([, name = '']) => name);
    assert.deepEqual([...new Set([...asked, ...passedOn])].toSorted(), shown.toSorted());
  });
});

describe('.env.example', () => {
  const shown = parseEnv(read('.env.example').replaceAll(/^#(?=\w+=)/gm, '')) as Record<string, string>;

  for (const [service, { shape }] of Object.entries(schemas)) {
    it(`shows values that ${service} accepts`, () => {
      const settings = Object.entries(shape).filter(([name]) => shown[name]);
      assert.ok(settings.length > 2);
      assert.deepEqual(
        settings.filter(([name, setting]) => !setting.safeParse(shown[name]).success).map(([name]) => name),
        [],
      );
    });
  }
});

describe('the check of settings, before all else in containers', () => {
  const sample = parseEnv(read('.env.example')) as Record<string, string>;
  const secrets = Object.entries(sample)
    .filter(([, value]) => value.startsWith('only-for-dev'))
    .map(([name]) => name);
  const own = Object.fromEntries(secrets.map((name) => [name, `${name}-of-our-own-and-long-enough`]));
  const check = async (environment: Record<string, string>) =>
    execa(process.execPath, ['deploy/check-settings.ts'], {
      cwd: root,
      env: environment,
      extendEnv: false,
      reject: false,
    });

  it('takes .env.example as it is, for dev', async () => {
    const { exitCode, stderr } = await check(sample);
    assert.equal(exitCode, 0, stderr);
  });

  it('names each sample secret, and identities that are believed, outside dev', async () => {
    const { exitCode, stderr } = await check({ ...sample, ENVIRONMENT: 'production' });
    assert.equal(exitCode, 1);
    for (const name of secrets) assert.match(stderr, new RegExp(`${name}: holds a secret of .env.example`));
    assert.match(stderr, /IDENTITY: dev accepts any identity that a client claims/);
  });

  it('takes secrets of our own outside dev, and names each that is too short', async () => {
    const production = { ...sample, ...own, ENVIRONMENT: 'production', IDENTITY: 'jwt' };
    assert.equal((await check(production)).exitCode, 0);
    for (const name of secrets) {
      const { exitCode, stderr } = await check({ ...production, [name]: 'fifteen-letters' });
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        new RegExp(
          `Settings are wrong. ${name}: must (have at least 16 characters|be keys of 32 to 64 characters)`,
        ),
      );
    }
  });
});

describe('docs/settings.md', () => {
  const rows = read('docs/settings.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const namesIn = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);

  for (const [service, settings] of services) {
    it(`lists the settings of ${service}`, () => {
      const listed = rows
        .filter(([, , of = '']) => of === 'all' || of.split(', ').includes(service))
        .flatMap(([, variables]) => namesIn(variables))
        // Read before and beside the settings.
        .filter((name) => name !== 'ENVIRONMENT' && name !== 'NODE_EXTRA_CA_CERTS');
      assert.deepEqual(listed.toSorted(), settings.toSorted());
    });
  }

  it('has the default of each setting', () => {
    const listed = new Set(
      rows.flatMap(([, variables, , cell = '']) => {
        const settings = namesIn(variables);
        const defaults = settings.length === 1 ? [cell] : cell.split(', ');
        return settings.map((name, index) => `${name}: ${defaults[index]}`);
      }),
    );
    const standards = Object.values(schemas)
      .flatMap(({ shape }) => Object.entries(shape))
      .map(([name, setting]) => [name, String(setting.safeParse(undefined).data ?? '')])
      .filter(([, standard]) => standard !== '');
    assert.ok(standards.length > 20);
    const expected = new Set(standards.map(([name, standard]) => `${name}: ${standard}`));
    assert.deepEqual(
      [...expected].filter((one) => !listed.has(one)),
      [],
    );
  });
});

describe('the secrets of docs/settings.md', () => {
  const shapes = [gatewaySettings, ordersSettings, paymentsSettings, workflowsSettings].map(
    ({ shape }) => shape,
  );
  const settings = shapes.flatMap((shape) => Object.entries(shape));
  const inFiles = new Set(settings.filter(([, setting]) => byFile.has(setting)).map(([name]) => name));

  it('are the settings that may be in files', () => {
    const told = [...read('docs/settings.md').matchAll(/^\| `.*/gm)].flatMap(([row]) =>
      [...row.matchAll(/or `(\w+)_FILE`/g)].map(([, name = '']) => name),
    );
    assert.deepEqual(told.toSorted(), [...inFiles].toSorted());
  });

  it('may all be in files', () => {
    const secrets = settings
      .map(([name]) => name)
      .filter((name) => /SECRET|PASSWORD|_KEYS?$|DATABASE_URL/.test(name));
    assert.ok(secrets.length > 5);
    assert.deepEqual(
      secrets.filter((name) => !inFiles.has(name)),
      [],
    );
  });
});

describe('the alarms of docs/deployment.md and docs/operations/', () => {
  const sources = globSync('{packages,platform,orders,workflows,operations,temporal-config}/**/*.ts', {
    cwd: root,
  })
    .map(read)
    .join('\n');
  const pages = ['docs/deployment.md', ...globSync('docs/operations/*.md', { cwd: root })];
  const spans = pages.flatMap((file) =>
    [...read(file).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span),
  );

  it('name no metric that docs/metrics.md does not list', () => {
    const known = new Set(readMetricsPage().map(({ name }) => name));
    const prefix =
      /^(?:outbox|orders|relay|reconcile|reconciled|invariant|audit|purged|http|overdue|kafka|postgres|temporal|health)_/;
    const metrics = spans
      .filter((span) => !span.includes('*') && span !== 'temporal_visibility')
      .flatMap(metricsIn)
      .filter((name) => prefix.test(name));
    assert.ok(metrics.length > 10);
    assert.deepEqual(
      metrics.filter((name) => !known.has(name)),
      [],
    );
  });

  it('quote no message that no process logs', () => {
    const messages = spans.filter((span) => /^(?!npm |docker )[a-z]+,?(?: [a-z]+,?){2,}$/.test(span));
    assert.ok(messages.length > 1);
    assert.deepEqual(
      messages.filter((message) => !sources.includes(message)),
      [],
    );
  });
});

// npm run check:compose: asks docker compose whether it accepts docker-compose.yml, and checks what must hold of it.
import assert from 'node:assert/strict';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import { overrideExample } from './override-example.ts';

/** docker-compose.yml uses start_interval, which compose knows since this version. */
const OLDEST = { major: 2, minor: 20 };
const OURS: ReadonlySet<string> = new Set(SERVICE_NAMES);
/** The only services that publish a port. */
const PUBLISHED = new Set(['gateway', 'temporal-ui', 'prometheus', 'grafana', 'jaeger']);
/** The networks that are not the database's, Kafka's or Temporal's. */
const OURS_ALONE = new Set(['services', 'observability']);

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly restart?: string;
  readonly environment?: Record<string, string | null>;
  readonly ports?: readonly { readonly host_ip?: string }[];
  readonly healthcheck?: unknown;
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly memory?: string } } };
}

interface Project {
  readonly services: Record<string, Service>;
  readonly networks: Record<string, { readonly internal?: boolean }>;
}

try {
  const version = await requireCompose();
  const run = async (envFile: string, override?: string) => {
    const files = ['docker-compose.yml', ...(override === undefined ? [] : ['-'])];
    const options = ['--env-file', envFile, '--profile=*', ...files.map((file) => `--file=${file}`)];
    return execa('docker', ['compose', ...options, 'config', '--format=json'], {
      cwd: CHECKOUT,
      input: override ?? '',
      // A developer's own settings must not stand in for those of the file.
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DOCKER_CONFIG: process.env['DOCKER_CONFIG'],
      },
      extendEnv: false,
      reject: false,
    });
  };

  const accepted = await run('.env.example');
  assert.equal(accepted.exitCode, 0, accepted.stderr);
  const own = JSON.parse(accepted.stdout) as Project;
  const { services } = own;
  const waits = (name: string, first: string): boolean =>
    name === first || Object.keys(services[name]?.depends_on ?? {}).some((other) => waits(other, first));
  for (const [name, service] of Object.entries(services)) {
    assert.equal((service.ports ?? []).length, PUBLISHED.has(name) ? 1 : 0, `${name} publishes ports`);
    for (const port of service.ports ?? [])
      assert.equal(port.host_ip, '127.0.0.1', `${name} is open to everyone`);
    assert.match(service.image, /:\w/, `${name} has an image without a version`);
    assert.doesNotMatch(service.image, /:latest$/);
    assert.ok(service.deploy?.resources?.limits?.memory, `${name} has no limits`);
    // Our images contain a health check; a one-shot ends.
    if (!service.build && service.restart !== 'no')
      assert.ok(service.healthcheck, `${name} has no health check`);
    assert.ok(waits(name, 'check-settings'), `${name} starts before the settings are checked`);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      assert.notEqual(
        condition,
        'service_started',
        `${name} does not wait until ${other} is healthy or has ended`,
      );
    }
  }
  const elsewhere = await run('.env.example', overrideExample('docs/deployment.md'));
  assert.equal(elsewhere.exitCode, 0, elsewhere.stderr);
  const moved = JSON.parse(elsewhere.stdout) as typeof own;
  for (const [name, service] of Object.entries(moved.services)) {
    assert.ok(own.services[name], `docs/deployment.md overrides ${name}, which is no service`);
    const values = Object.values(service.environment ?? {}).join(' ');
    if (OURS.has(name))
      assert.doesNotMatch(values, /@postgres:|\b(kafka|temporal):\d/, `${name} still refers to what moved`);
  }
  for (const [name, network] of Object.entries(moved.networks))
    assert.equal(
      network.internal ?? false,
      OURS_ALONE.has(name),
      `${name} is internal where it must not be, or the reverse`,
    );

  const refused = await run('/dev/null');
  assert.notEqual(refused.exitCode, 0, 'accepted without any setting');
  assert.match(refused.stderr, /see \.env\.example/);

  console.log(
    `docker-compose.yml: ${Object.keys(services).length} services, accepted by compose ${version}.`,
  );
} catch (error) {
  report(error);
}
process.exit();

/** @returns the version of docker compose. @throws UserError when there is none, or only an older one */
async function requireCompose(): Promise<string> {
  const { stdout, failed } = await execa('docker', ['compose', 'version', '--short'], { reject: false });
  if (!failed) {
    const [major = 0, minor = 0] = stdout.replace(/^v/, '').split('.').map(Number);
    if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return stdout;
  }
  throw new UserError(
    `This check needs docker compose ${OLDEST.major}.${OLDEST.minor} or newer, and this machine has ${failed ? 'none' : stdout}. ` +
      'Install it (Debian 13: docker-compose, Ubuntu: docker-compose-v2, Docker itself: docker-compose-plugin).',
  );
}

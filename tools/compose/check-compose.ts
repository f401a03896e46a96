// npm run check:compose: asks docker compose whether it accepts docker-compose.yml, and checks what must hold of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { report } from '#tools/stack/bootstrap/user-error.js';
import { findCompose } from './find-compose.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '../..');
const ours = new Set(['gateway', 'orders', 'payments', 'workflows']);
/** The only ones that may be reached from outside. */
const doors = new Set(['gateway', 'temporal-ui']);

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

/** The page's example of docker-compose.override.yml. */
function overrideOf(page: string): string {
  const found = /^```yaml\n(.*?)^```$/ms.exec(readFileSync(path.join(CHECKOUT, page), 'utf8'))?.[1];
  assert.ok(found, `${page} shows no overrides`);
  return found;
}

try {
  const compose = await findCompose();
  const run = async (envFile: string, override?: string) => {
    const files = ['docker-compose.yml', ...(override === undefined ? [] : ['-'])];
    const options = ['--env-file', envFile, ...files.map((file) => `--file=${file}`)];
    return execa(compose.command, [...compose.args, ...options, 'config', '--format=json'], {
      cwd: CHECKOUT,
      input: override ?? '',
      // A developer's own settings must not fill in for those of the file.
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
    assert.equal((service.ports ?? []).length, doors.has(name) ? 1 : 0, `${name} publishes ports`);
    for (const port of service.ports ?? [])
      assert.equal(port.host_ip, '127.0.0.1', `${name} is open to everyone`);
    assert.match(service.image, /:\w/, `${name} has an image without a version`);
    assert.doesNotMatch(service.image, /:latest$/);
    assert.ok(service.deploy?.resources?.limits?.memory, `${name} has no limits`);
    // Ours bring a health check in their image; a one-shot ends.
    if (!service.build && service.restart !== 'no')
      assert.ok(service.healthcheck, `${name} has no health check`);
    assert.ok(waits(name, 'check-settings'), `${name} starts before the settings are checked`);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      assert.notEqual(condition, 'service_started', `${name} does not wait for ${other} to be well`);
    }
  }
  const elsewhere = await run('.env.example', overrideOf('docs/deployment.md'));
  assert.equal(elsewhere.exitCode, 0, elsewhere.stderr);
  const moved = JSON.parse(elsewhere.stdout) as typeof own;
  for (const [name, service] of Object.entries(moved.services)) {
    assert.ok(own.services[name], `docs/deployment.md overrides ${name}, which is no service`);
    const told = Object.values(service.environment ?? {}).join(' ');
    if (ours.has(name))
      assert.doesNotMatch(told, /@postgres:|\b(kafka|temporal):\d/, `${name} is told of what moved`);
  }
  for (const [name, network] of Object.entries(moved.networks))
    assert.equal(network.internal ?? false, name === 'services', `${name} has the wrong way out`);

  const refused = await run('/dev/null');
  assert.notEqual(refused.exitCode, 0, 'accepted without any setting');
  assert.match(refused.stderr, /see \.env\.example/);

  console.log(
    `docker-compose.yml: ${Object.keys(services).length} services, accepted by compose ${compose.version}.`,
  );
} catch (error) {
  report(error);
}
process.exit();

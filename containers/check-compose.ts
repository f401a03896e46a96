// npm run check:compose: asks docker compose whether it accepts docker-compose.yml, and checks what must hold of it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { execa } from 'execa';
import { report } from '../stack/trouble.js';
import { findCompose } from './find-compose.ts';

const checkout = path.resolve(import.meta.dirname, '..');
/** The only ones that may be reached from outside. */
const doors = new Set(['gateway', 'temporal-ui']);

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly restart?: string;
  readonly ports?: readonly { readonly host_ip?: string }[];
  readonly healthcheck?: unknown;
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly memory?: string } } };
}

try {
  const compose = await findCompose();
  const run = async (envFile: string) =>
    execa(compose.command, [...compose.args, '--env-file', envFile, 'config', '--format=json'], {
      cwd: checkout,
      // A developer's own settings must not fill in for those of the file.
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DOCKER_CONFIG: process.env['DOCKER_CONFIG'],
      },
      extendEnv: false,
      reject: false,
    });

  const accepted = await run('.env.example');
  assert.equal(accepted.exitCode, 0, accepted.stderr);
  const { services } = JSON.parse(accepted.stdout) as { services: Record<string, Service> };
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

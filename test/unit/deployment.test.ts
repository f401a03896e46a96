import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { gatewaySettings } from '../../gateway/settings.ts';
import { ordersSettings } from '../../orders/settings.ts';
import { paymentsSettings } from '../../payments/settings.ts';
import { workflowsSettings } from '../../workflows/settings.ts';

const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, '../..', file), 'utf8');

/** Without ENVIRONMENT, which is read of every process, beside its settings. */
const names = ({ shape }: { shape: object }) => Object.keys(shape).filter((name) => name !== 'ENVIRONMENT');

const settingsOf = {
  gateway: names(gatewaySettings),
  orders: names(ordersSettings),
  payments: names(paymentsSettings),
  workflows: names(workflowsSettings),
};
const services = Object.entries(settingsOf);

/** Set in the images; for clusters that are not compose's own; of npm start alone. */
const notToldByCompose =
  /^(HOST|PORT|WORKFLOW_BUNDLE|KAFKA_(TLS|SASL_MECHANISM|USERNAME|PASSWORD)|TEMPORAL_(TLS.*|API_KEY)|STACK_URL)$/;

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const compose = parse(text, { merge: true }) as {
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

describe('docs/deployment.md', () => {
  const rows = read('docs/deployment.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  for (const [service, settings] of services) {
    it(`lists the settings of ${service}`, () => {
      const listed = rows
        .filter(([, , of = '']) => of === 'all' || of.split(', ').includes(service))
        .flatMap(([, variables = '']) => [...variables.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
        // Read before and beside the settings.
        .filter((name) => name !== 'ENVIRONMENT' && name !== 'NODE_EXTRA_CA_CERTS');
      assert.deepEqual(listed.toSorted(), settings.toSorted());
    });
  }
});

import path from 'node:path';
import { execa } from 'execa';
import type { Context } from 'mocha';
import { parseAllDocuments, stringify } from 'yaml';
import { buildGoPrograms } from '#test/support/go-programs.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

export const CHART = path.join(CHECKOUT, 'deploy/helm/gozon');

/** What the chart cannot do without. */
export const LEAST = {
  image: { prefix: 'registry.example/gozon' },
  identity: {
    issuer: 'https://identity.example/',
    audience: 'gozon',
    jwksUrl: 'https://identity.example/jwks.json',
  },
  kafka: { brokers: 'kafka1.example:9093,kafka2.example:9093' },
  temporal: { address: 'temporal.example:7233' },
};

/** Everything that can be switched on. */
export const ALL = {
  ...LEAST,
  image: { ...LEAST.image, tag: '0.2.0', pullSecrets: [{ name: 'registry' }] },
  kafka: { ...LEAST.kafka, tls: true, saslMechanism: 'scram-sha-512' },
  temporal: { ...LEAST.temporal, tls: true, uiUrl: 'https://temporal-ui.example' },
  env: { NODE_EXTRA_CA_CERTS: '/etc/authority/ca.pem' },
  gateway: { env: { TRUSTED_PROXIES: 1 }, podAnnotations: { 'example.com/note': 'any' } },
  orders: {
    // Helm reads numbers as floating ones.
    env: { KAFKA_USERNAME: 'orders', CAPTURE_WITHIN_MAX: 2_678_400, SWEEP_EVERY: 0.5 },
    secretEnv: { KAFKA_PASSWORD: { name: 'kafka', key: 'orders' } },
  },
  payments: { tag: '0.3.0', pod: { nodeSelector: { pool: 'shop' }, priorityClassName: 'shop' } },
  workflows: {
    env: { KAFKA_USERNAME: 'workflows' },
    secretEnv: {
      KAFKA_PASSWORD: { name: 'kafka', key: 'workflows' },
      TEMPORAL_API_KEY: { name: 'temporal', key: 'api-key' },
    },
    volumes: [{ name: 'authority', secret: { secretName: 'authority' } }],
    volumeMounts: [{ name: 'authority', mountPath: '/etc/authority', readOnly: true }],
    autoscaling: { enabled: true },
  },
  setUp: { databases: { enabled: true } },
  networkPolicy: {
    clients: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } },
      },
    ],
    prometheus: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
      },
    ],
    postgres: { to: [{ ipBlock: { cidr: '10.0.0.0/24' } }], ports: [5432, 6432] },
    egress: [{ ports: [{ port: 4318 }] }],
  },
  metrics: {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  },
};

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: Record<string, unknown>;
}

/** Helm on the PATH, or built from its Go module, once, which takes 217 s of CPU. */
export async function findHelm(): Promise<string | undefined> {
  if (!(await execa('helm', ['version'], { reject: false })).failed) return 'helm';
  const folder = await buildGoPrograms({
    folder: 'helm-4.3.1',
    packages: ['helm.sh/helm/v4/cmd/helm@v4.3.1'],
  });
  return folder && path.join(folder, 'helm');
}

/** Gives a suite its program, or skips it with a sentence. */
export async function requireProgram(
  context: Context,
  name: string,
  find: () => Promise<string | undefined>,
): Promise<string> {
  const program = await find();
  if (program !== undefined) return program;
  console.log(`      Skipped: it needs ${name}, or Go to build it, and this machine has neither.`);
  return context.skip();
}

/** @returns what helm would apply. @throws ExecaError with helm's words when it refuses */
export async function renderChart(helm: string, values: object): Promise<Manifest[]> {
  const { stdout } = await execa(helm, ['template', 'gozon', CHART, '--namespace', 'shop', '--values', '-'], {
    input: stringify(values),
  });
  return parseAllDocuments(stdout).flatMap((document) => {
    if ('empty' in document) return [];
    const [error] = document.errors;
    if (error) throw error;
    const manifest = document.toJS() as Manifest | null;
    return manifest ? [manifest] : [];
  });
}

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa, ExecaError } from 'execa';
import { parse } from 'yaml';
import { byFile, readConfig } from '#platform/process/config.ts';
import { temporalSettings } from '#temporal-config/access.ts';
import { ALL, CHART, findHelm, LEAST, renderChart, requireProgram } from '#test/support/delivery/helm.ts';
import type { Manifest } from '#test/support/delivery/helm.ts';
import { schemasOf } from '#test/support/delivery/kubernetes-schemas.ts';
import { SERVICES } from '#test/support/delivery/settings.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const NAMES = SERVICES.map(({ service }) => service);
/** Read of every process, beside its settings. */
const BESIDE = new Set(['ENVIRONMENT', 'NODE_EXTRA_CA_CERTS']);
/** By these names the chart knows a secret. */
const SECRET = new RegExp(
  (
    JSON.parse(readFileSync(path.join(CHART, 'values.schema.json'), 'utf8')) as {
      $defs: { env: { propertyNames: { not: { pattern: string } } } };
    }
  ).$defs.env.propertyNames.not.pattern,
);
/** The oldest that Chart.yaml allows, and the newest that there are schemas of. */
const KUBERNETES = ['1.29', '1.37'];

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: string[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
  }[];
  readonly volumeMounts: unknown[];
  readonly securityContext: unknown;
  readonly resources: { readonly limits: { readonly memory?: string; readonly cpu?: string } };
  readonly [probe: `${string}Probe`]:
    | { readonly httpGet: unknown; readonly periodSeconds: number; readonly failureThreshold: number }
    | undefined;
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: unknown;
  readonly containers: readonly Container[];
  readonly [field: string]: unknown;
}

describe('the chart', function () {
  this.timeout(900_000);
  let helm: string;
  let least: Manifest[];
  let all: Manifest[];
  before(async function () {
    helm = await requireProgram(this, 'helm', findHelm);
    [least, all] = await Promise.all([renderChart(helm, LEAST), renderChart(helm, ALL)]);
  });

  const podOf = (manifests: Manifest[], component: string): Pod => {
    const found = manifests.find(
      ({ kind, metadata }) =>
        ['Deployment', 'Job'].includes(kind) && metadata.labels['app.kubernetes.io/component'] === component,
    );
    assert.ok(found, component);
    return (found.spec['template'] as { spec: Pod }).spec;
  };
  const containerOf = (manifests: Manifest[], component: string): Container => {
    const [container, ...others] = podOf(manifests, component).containers;
    assert.ok(container);
    assert.deepEqual(others, []);
    return container;
  };
  /** As the process would see it, with the secrets that somebody else has made. */
  const environmentOf = (manifests: Manifest[], component: string) =>
    Object.fromEntries(
      containerOf(manifests, component).env.map(({ name, value, valueFrom }) => {
        assert.notEqual(value === undefined, valueFrom === undefined, name);
        return [name, value ?? sampleSecret(name)];
      }),
    );

  it('is accepted by helm lint', async () => {
    await execa(helm, ['lint', '--strict', CHART, '--values', '-'], { input: JSON.stringify(LEAST) });
  });

  for (const version of KUBERNETES) {
    it(`is what Kubernetes ${version} accepts, without a field that it does not know`, () => {
      const refusedBy = schemasOf(version);
      const own = [...least, ...all].filter(
        ({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com/'),
      );
      assert.ok(own.length > 30);
      const [first] = own;
      assert.ok(first && refusedBy({ ...first, spec: { ...first.spec, misspelt: 1 } }).length > 0);
      const refused = own.flatMap((manifest) =>
        refusedBy(manifest).map(
          ({ instancePath, message }) =>
            `${manifest.kind} ${manifest.metadata.name}${instancePath} ${message}`,
        ),
      );
      assert.deepEqual(refused, []);
    });
  }

  it('has, with all that can be switched on, these and no more', () => {
    const names = (manifests: Manifest[]) =>
      manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
    const always = [
      ...NAMES.flatMap((name) =>
        ['Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service'].map(
          (kind) => `${kind} gozon-${name}`,
        ),
      ),
      'Job gozon-set-up-temporal',
      'NetworkPolicy gozon-set-up-databases',
      'NetworkPolicy gozon-set-up-temporal',
    ];
    assert.deepEqual(names(least), always.toSorted());
    const more = [
      'HorizontalPodAutoscaler gozon-workflows',
      'Job gozon-set-up-databases',
      'PrometheusRule gozon',
      'ServiceMonitor gozon',
    ];
    assert.deepEqual(names(all), [...always, ...more].toSorted());
  });

  for (const { service, schema, names } of SERVICES) {
    it(`gives ${service} settings that it accepts, and none that it does not read`, () => {
      for (const manifests of [least, all]) {
        const environment = environmentOf(manifests, service);
        // The image sets these.
        readConfig(schema, { ...environment, PORT: '8080', HOST: '0.0.0.0' });
        assert.deepEqual(
          Object.keys(environment).filter((name) => !names.includes(name) && !BESIDE.has(name)),
          [],
        );
      }
    });
  }

  it('writes numbers as they were given', () => {
    const { CAPTURE_WITHIN_MAX, SWEEP_EVERY } = environmentOf(all, 'orders');
    assert.deepEqual([CAPTURE_WITHIN_MAX, SWEEP_EVERY], ['2678400', '0.5']);
  });

  it('takes every secret from a Secret', () => {
    for (const component of [...NAMES, 'set-up-databases', 'set-up-temporal']) {
      const { env } = containerOf(all, component);
      assert.deepEqual(
        env.filter(({ name, valueFrom }) => SECRET.test(name) !== (valueFrom !== undefined)),
        [],
        component,
      );
    }
  });

  it('knows each setting that is a secret', () => {
    const public_ = /(_CA|_CERT|_CERT_DATA|PUBLIC_KEY)$/;
    const inFiles = SERVICES.flatMap(({ schema }) =>
      Object.entries(schema.shape).flatMap(([name, setting]) => (byFile.has(setting) ? [name] : [])),
    );
    assert.ok(inFiles.length > 5);
    assert.deepEqual(
      inFiles.filter((name) => !SECRET.test(name) && !public_.test(name)),
      [],
    );
  });

  it('refuses a secret in the values, of any service', async () => {
    for (const { service, names } of SERVICES) {
      const env = Object.fromEntries(
        names.filter((name) => SECRET.test(name)).map((name) => [name, 'in-plain-sight']),
      );
      assert.notDeepEqual(env, {});
      const reasons = Object.keys(env).map((name) => new RegExp(`invalid propertyName '${name}'`));
      await refuses({ ...LEAST, [service]: { env } }, ...reasons);
    }
  });

  it('takes a secret from a file instead', async () => {
    const orders = {
      env: { SIGNING_KEYS_FILE: '/etc/secrets/signing' },
      secretEnv: { SIGNING_KEYS: null },
      volumes: [{ name: 'secrets', secret: { secretName: 'gozon' } }],
      volumeMounts: [{ name: 'secrets', mountPath: '/etc/secrets', readOnly: true }],
    };
    const { SIGNING_KEYS, SIGNING_KEYS_FILE } = environmentOf(
      await renderChart(helm, { ...LEAST, orders }),
      'orders',
    );
    assert.deepEqual([SIGNING_KEYS, SIGNING_KEYS_FILE], [undefined, '/etc/secrets/signing']);
  });

  it('refuses values without what has no default, and names each', async () => {
    await refuses({}, /image\/prefix/, /identity\/issuer/, /kafka\/brokers/, /temporal\/address/);
  });

  it('refuses a value that it does not know, such as a misspelt one', async () => {
    await refuses({ ...LEAST, gatway: {} }, /gatway/);
    await refuses({ ...LEAST, orders: { replica: 3 } }, /replica/);
  });

  it('refuses identities that are believed, outside dev', async () => {
    const identity = { mode: 'dev' };
    await refuses({ ...LEAST, identity }, /identity\.mode must be jwt/);
    const manifests = await renderChart(helm, { ...LEAST, identity, environment: 'dev' });
    assert.equal(environmentOf(manifests, 'gateway')['IDENTITY'], 'dev');
  });

  it('refuses to check tokens by no key, and takes a public key in place of a URL', async () => {
    const identity = { ...LEAST.identity, jwksUrl: '' };
    await refuses({ ...LEAST, identity }, /identity\.jwksUrl/);
    await renderChart(helm, { ...LEAST, identity, gateway: { env: { JWT_PUBLIC_KEY: 'a key in PEM' } } });
  });

  it('refuses metrics that nobody may read', async () => {
    await refuses({ ...LEAST, metrics: { serviceMonitor: { enabled: true } } }, /networkPolicy\.prometheus/);
  });

  it('asks each service at the path for its start, its requests and its life, as long as images do', () => {
    for (const service of NAMES) {
      const container = containerOf(least, service);
      const probe = (name: string) => container[`${name}Probe`];
      assert.deepEqual(
        ['startup', 'readiness', 'liveness'].map((name) => probe(name)?.httpGet),
        ['/health/ready', '/health/serving', '/health/live'].map((where) => ({ path: where, port: 'http' })),
      );
      const startup = probe('startup');
      assert.equal((startup?.periodSeconds ?? 0) * (startup?.failureThreshold ?? 0), 180);
    }
  });

  it('gives a process that stops 20 s, and what it drains', async () => {
    const manifests = await renderChart(helm, { ...LEAST, drainSeconds: 25 });
    for (const service of NAMES) {
      assert.equal(environmentOf(manifests, service)['DRAIN_SECONDS'], '25');
      assert.equal(podOf(manifests, service).terminationGracePeriodSeconds, 45);
    }
  });

  it('runs each container as user 1000, with nothing that it may change or gain', () => {
    for (const component of [...NAMES, 'set-up-databases', 'set-up-temporal']) {
      const pod = podOf(all, component);
      assert.deepEqual(
        [pod.automountServiceAccountToken, pod.securityContext],
        [
          false,
          {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
        ],
      );
      const container = containerOf(all, component);
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.ok(container.resources.limits.memory, component);
      assert.deepEqual(container.volumeMounts[0], { name: 'tmp', mountPath: '/tmp' });
    }
  });

  it('takes images of its version, or of the one that the values name, for all or for a service', () => {
    const images = (manifests: Manifest[]) =>
      Object.fromEntries(
        [...NAMES, 'set-up-temporal'].map((component) => [
          component,
          containerOf(manifests, component).image.replace('registry.example/gozon/', ''),
        ]),
      );
    assert.deepEqual(images(all), {
      gateway: 'gateway:0.2.0',
      orders: 'orders:0.2.0',
      payments: 'payments:0.3.0',
      workflows: 'workflows:0.2.0',
      'set-up-temporal': 'set-up:0.2.0',
    });
    assert.match(images(least)['orders'] ?? '', /^orders:\d+\.\d+\.\d+$/);
  });

  it('sets up databases, then Temporal, before each install and upgrade, each once its network policy is there', () => {
    const hooks = all
      .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'])
      .map(({ kind, metadata: { name, annotations = {} } }) => ({
        weight: Number(annotations['helm.sh/hook-weight']),
        what: `${kind} ${name}`,
        when: annotations['helm.sh/hook'],
      }))
      .toSorted((one, other) => one.weight - other.weight);
    assert.deepEqual(
      hooks.map(({ weight, what }) => [weight, what]),
      [
        [-1, 'NetworkPolicy gozon-set-up-databases'],
        [-1, 'NetworkPolicy gozon-set-up-temporal'],
        [0, 'Job gozon-set-up-databases'],
        [1, 'Job gozon-set-up-temporal'],
      ],
    );
    assert.ok(hooks.every(({ when }) => when === 'pre-install,pre-upgrade'));
    assert.deepEqual(containerOf(all, 'set-up-databases').command, ['node', 'deploy/set-up-databases.ts']);
    readConfigOf(environmentOf(all, 'set-up-temporal'));
  });

  it('has more workflows by the age of the outbox, and lets the autoscaler say how many', () => {
    const scaler = all.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    assert.deepEqual(scaler?.spec['metrics'], [
      {
        type: 'External',
        external: { metric: { name: 'outbox_oldest_age_seconds' }, target: { type: 'Value', value: '10' } },
      },
    ]);
    assert.deepEqual(scaler.spec['scaleTargetRef'], {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'gozon-workflows',
    });
    const replicas = (manifests: Manifest[]) =>
      manifests
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ metadata: { name }, spec }) => [name, spec['replicas']]);
    assert.deepEqual(Object.fromEntries(replicas(all))['gozon-workflows'], undefined);
    assert.deepEqual(
      replicas(least).map(([, count]) => count),
      [2, 2, 2, 2],
    );
  });

  it('lets Prometheus’ operator scrape every service, by the job names that the rules know', () => {
    const monitor = all.find(({ kind }) => kind === 'ServiceMonitor');
    assert.deepEqual(monitor?.spec, {
      selector: {
        matchLabels: { 'app.kubernetes.io/name': 'gozon', 'app.kubernetes.io/instance': 'gozon' },
      },
      jobLabel: 'app.kubernetes.io/component',
      endpoints: [{ port: 'http', path: '/metrics', interval: '15s' }],
    });
    assert.equal(monitor.metadata.labels['release'], 'prometheus');
    const services = all.filter(({ kind }) => kind === 'Service');
    for (const { metadata, spec } of services) {
      assert.equal(metadata.labels['app.kubernetes.io/instance'], 'gozon');
      assert.deepEqual(spec['ports'], [{ name: 'http', port: 8080, targetPort: 'http' }]);
    }
    const { scrape_configs: jobs } = parse(
      readFileSync(path.join(CHECKOUT, 'deploy/prometheus/prometheus.yml'), 'utf8'),
    ) as { scrape_configs: { job_name: string }[] };
    assert.deepEqual(
      services.map(({ metadata }) => metadata.labels['app.kubernetes.io/component'] ?? '').toSorted(),
      jobs.map((job) => job.job_name).toSorted(),
    );
  });

  it('gives Prometheus’ operator the rules of deploy/prometheus/, all and unchanged', () => {
    const rule = all.find(({ kind }) => kind === 'PrometheusRule');
    const groups = globSync('deploy/prometheus/rules/*.yml', { cwd: CHECKOUT })
      .toSorted()
      .flatMap(
        (file) =>
          (parse(readFileSync(path.join(CHECKOUT, file), 'utf8')) as { groups: { rules: unknown[] }[] })
            .groups,
      );
    assert.ok(groups.flatMap(({ rules }) => rules).length > 10);
    assert.deepEqual(rule?.spec, { groups });
    assert.equal(rule.metadata.labels['release'], 'prometheus');
  });

  it('finds the pods of a service by labels that its pods have', () => {
    for (const { kind, metadata, spec } of least) {
      const selector = { Deployment: 'selector', Service: 'selector', PodDisruptionBudget: 'selector' }[kind];
      if (!selector) continue;
      const value = spec[selector] as { matchLabels?: Record<string, string> } & Record<string, string>;
      assert.deepEqual(
        value.matchLabels ?? value,
        {
          'app.kubernetes.io/name': 'gozon',
          'app.kubernetes.io/instance': 'gozon',
          'app.kubernetes.io/component': metadata.labels['app.kubernetes.io/component'],
        },
        `${kind} ${metadata.name}`,
      );
    }
  });

  async function refuses(values: object, ...reasons: RegExp[]): Promise<void> {
    await assert.rejects(renderChart(helm, values), (error: unknown) => {
      assert.ok(error instanceof ExecaError);
      for (const reason of reasons) assert.match(String(error.stderr), reason);
      return true;
    });
  }
});

function sampleSecret(name: string): string {
  if (name.endsWith('_URL')) return 'postgres://role:password@db.example:5432/database?sslmode=verify-full';
  return `${name}-of-our-own-and-long-enough-for-a-key`;
}

function readConfigOf(environment: Record<string, string>): void {
  for (const name of Object.keys(environment).filter((each) => !BESIDE.has(each)))
    assert.ok(name in temporalSettings, name);
  assert.match(environment['TEMPORAL_ADDRESS'] ?? '', /:\d+$/);
}

import assert from 'node:assert/strict';
import { ALL, findHelm, LEAST, renderChart, requireProgram } from '#test/support/delivery/helm.ts';
import type { Manifest } from '#test/support/delivery/helm.ts';
import { SERVICES } from '#test/support/delivery/settings.ts';

interface Rule {
  readonly ports: readonly { readonly port: number; readonly protocol?: string }[];
  readonly to?: readonly Peer[];
  readonly from?: readonly Peer[];
}
interface Peer {
  readonly podSelector?: { readonly matchLabels: Record<string, string> };
}

/** What a setting lets its process ask. */
const ASKED_BY: Readonly<Record<string, string>> = {
  ORDERS_URL: 'orders:8080',
  PAYMENTS_URL: 'payments:8080',
  WORKFLOWS_URL: 'workflows:8080',
  DATABASE_URL: 'anyone:5432',
  ORDERS_DATABASE_URL: 'anyone:5432',
  PAYMENTS_DATABASE_URL: 'anyone:5432',
  KAFKA_BROKERS: 'anyone:9092',
  TEMPORAL_ADDRESS: 'anyone:7233',
  JWKS_URL: 'anyone:443',
};
const DNS = 'anyone:53';

function peersOf(peers: readonly Peer[] | undefined): string[] {
  return (
    peers?.map(
      ({ podSelector, ...other }) =>
        podSelector?.matchLabels['app.kubernetes.io/component'] ?? JSON.stringify(other),
    ) ?? ['anyone']
  );
}

function listRules(rules: readonly Rule[], direction: 'to' | 'from'): string[] {
  const listed = rules.flatMap((rule) =>
    peersOf(rule[direction]).flatMap((peer) => rule.ports.map(({ port }) => `${peer}:${port}`)),
  );
  return [...new Set(listed)].toSorted();
}

describe('the network policies of the chart', function () {
  this.timeout(900_000);
  let helm: string;
  let least: Manifest[];
  before(async function () {
    helm = await requireProgram(this, 'helm', findHelm);
    least = await renderChart(helm, LEAST);
  });

  const policyOf = (manifests: Manifest[], component: string) => {
    const [policy, ...others] = manifests.filter(
      ({ kind, metadata }) =>
        kind === 'NetworkPolicy' && metadata.labels['app.kubernetes.io/component'] === component,
    );
    assert.deepEqual(others, []);
    const spec = policy?.spec as {
      podSelector: unknown;
      policyTypes: string[];
      ingress?: Rule[];
      egress?: Rule[];
    };
    assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress'], component);
    return {
      selector: spec.podSelector,
      from: listRules(spec.ingress ?? [], 'from'),
      to: listRules(spec.egress ?? [], 'to'),
    };
  };

  for (const { service, names } of SERVICES) {
    it(`let ${service} ask what its settings name, and nothing else`, () => {
      const asked = names.flatMap((name) => ASKED_BY[name] ?? []);
      assert.deepEqual(policyOf(least, service).to, [...new Set([...asked, DNS])].toSorted());
    });

    it(`let those ask ${service} whose settings name it`, () => {
      const askers = SERVICES.filter((other) => other.names.includes(`${service.toUpperCase()}_URL`)).map(
        (other) => `${other.service}:8080`,
      );
      assert.deepEqual(policyOf(least, service).from, service === 'gateway' ? ['anyone:8080'] : askers);
    });
  }

  it('let a set-up ask what it sets up, and nobody ask it', () => {
    assert.deepEqual(
      ['set-up-databases', 'set-up-temporal'].map((component) => {
        const { from, to } = policyOf(least, component);
        return { from, to };
      }),
      [
        { from: [], to: [DNS, 'anyone:5432'] },
        { from: [], to: [DNS, 'anyone:7233'] },
      ],
    );
  });

  it('apply to the pods of their component alone', () => {
    for (const { service: component } of SERVICES) {
      assert.deepEqual(policyOf(least, component).selector, {
        matchLabels: {
          'app.kubernetes.io/name': 'gozon',
          'app.kubernetes.io/instance': 'gozon',
          'app.kubernetes.io/component': component,
        },
      });
    }
  });

  it('narrow clients, Prometheus and parts elsewhere to the peers and ports of the values', async () => {
    const all = await renderChart(helm, ALL);
    const [clients] = ALL.networkPolicy.clients;
    const [prometheus] = ALL.networkPolicy.prometheus;
    const [postgres] = ALL.networkPolicy.postgres.to;
    assert.deepEqual(
      policyOf(all, 'gateway').from,
      [`${JSON.stringify(clients)}:8080`, `${JSON.stringify(prometheus)}:8080`].toSorted(),
    );
    assert.deepEqual(
      policyOf(all, 'payments').from,
      ['gateway:8080', 'orders:8080', 'workflows:8080', `${JSON.stringify(prometheus)}:8080`].toSorted(),
    );
    assert.deepEqual(
      policyOf(all, 'payments').to,
      [DNS, 'anyone:4318', `${JSON.stringify(postgres)}:5432`, `${JSON.stringify(postgres)}:6432`].toSorted(),
    );
  });

  it('are left out where something else decides who talks to whom', async () => {
    const manifests = await renderChart(helm, { ...LEAST, networkPolicy: { enabled: false } });
    assert.deepEqual(
      manifests.filter(({ kind }) => kind === 'NetworkPolicy'),
      [],
    );
  });
});

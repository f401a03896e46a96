import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { createDatabases } from '#deploy/create-databases.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { createLogger } from '#platform/process/logger.ts';
import { openDatabases } from '#tools/load/databases.ts';
import type { Databases } from '#tools/load/databases.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import type { GozonClient } from '#tools/load/generate/gozon-client.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { startKafka } from '#tools/stack/components/kafka.ts';
import { startPostgres, superuserUrl } from '#tools/stack/components/postgres.ts';
import { serviceEnvironments, SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startService } from '#tools/stack/components/service.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import { bundleWorkflows, workflowBundleOf } from '#tools/stack/components/workflow-bundle.ts';
import { acquireSupervisorLock } from '#tools/stack/processes/supervisor-lock.ts';
import { findFreePorts, freePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import type { Secrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import { eventually } from './eventually.ts';
import { startKafkaCluster } from './kafka-cluster.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { startPostgresPair } from './postgres-pair.ts';
import type { PostgresPair } from './postgres-pair.ts';
import { openLink } from './tcp-proxy.ts';
import type { Link } from './tcp-proxy.ts';
import { openTopics } from './topics.ts';
import type { Topics } from './topics.ts';

/** One connection of one service each. */
export const LINK_NAMES = [
  'ordersToPostgres',
  'ordersToKafka',
  'workflowsToOrdersDb',
  'workflowsToPaymentsDb',
  'workflowsToKafka',
  'workflowsToTemporal',
  'paymentsToPostgres',
  'gatewayToOrders',
  'gatewayToPayments',
] as const;

export const POSTGRES_LINKS = [
  'ordersToPostgres',
  'workflowsToOrdersDb',
  'workflowsToPaymentsDb',
  'paymentsToPostgres',
] as const satisfies (typeof LINK_NAMES)[number][];

type Links = Readonly<Record<(typeof LINK_NAMES)[number], Link>>;
type Environments = Readonly<Record<ServiceName, Record<string, string>>>;

/** A whole Gozon of its own: PostgreSQL, Kafka, Temporal and the services as processes, and a link between any two. */
export interface System extends AsyncDisposable {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly links: Links;
  /** The primary, where there is a standby. */
  readonly postgres: Component;
  /** With `standby` alone. */
  readonly postgresPair: PostgresPair | undefined;
  /** The first broker, where there are more. */
  readonly kafka: Component;
  /** With `threeBrokers` alone. */
  readonly kafkaCluster: KafkaCluster | undefined;
  readonly temporal: Component;
  /** Values of Temporal's dynamic configuration from its next start on. Its dev server reads them only then. */
  readonly temporalSettings: Map<string, number | boolean>;
  /** The one that the gateway knows. */
  service(name: ServiceName): Component;
  copiesOf(name: ServiceName): readonly Component[];
  /** Heals all links, starts what has ended or stands still, and waits until every service is ready. */
  repair(): Promise<void>;
  /** The public API. */
  readonly client: GozonClient;
  /** As PostgreSQL's superuser, past the links. */
  readonly ordersDb: pg.Pool;
  readonly paymentsDb: pg.Pool;
  /** Past the links, for the checks that load/ brings. */
  readonly databases: Databases;
  readonly kafkaOptions: KafkaOptions;
  /** Past the links. */
  readonly topics: Topics;
  /** host:port, past the links. */
  readonly temporalAddress: string;
}

export interface SystemOptions {
  /** Of a service, started at once; one each by default. */
  readonly copies?: Partial<Record<ServiceName, number>>;
  /** Where its home is made, and where the artifacts are. */
  readonly place: { readonly systems: string; readonly artifacts: string };
  /** Gives PostgreSQL a synchronous standby. */
  readonly standby?: boolean;
  /** Gives Kafka three brokers. The services reach them past the links. */
  readonly threeBrokers?: boolean;
  /** A folder with other sources of the services, such as an older copy of them. Asked at each start of one. */
  readonly sources?: () => string;
  /** Starts Temporal; its dev server by default. */
  readonly startTemporal?: typeof startTemporal;
  /** Further settings of a service. Asked at each start of one. */
  readonly tell?: (name: ServiceName) => Record<string, string>;
}

/** Starts a system in about 8 s. */
export async function startSystem({
  copies = {},
  place,
  standby = false,
  threeBrokers = false,
  sources = () => CHECKOUT,
  tell = () => ({}),
  startTemporal: launchTemporal = startTemporal,
}: SystemOptions): Promise<System> {
  const stack = new AsyncDisposableStack();
  try {
    const { settings, secrets } = await makeHome(place);
    const [postgresPort = 0, ...kafkaPorts] = await findFreePorts(3);
    const links = await openLinks(
      settings,
      { kafkaPorts, postgresPort: standby ? postgresPort : settings.ports.POSTGRES_PORT },
      stack,
    );
    stack.use(await acquireSupervisorLock(settings.home));
    const started: Component[] = [];
    // All of it is thrown away: an orderly stop would only take longer.
    stack.defer(async () => void (await Promise.all(started.map(async (component) => component.kill()))));
    const keep = (component: Component) => {
      started.push(component);
      return component;
    };

    const extraListeners = [links.ordersToKafka, links.workflowsToKafka].map(
      ({ port: advertisedPort }, index) => ({
        port: kafkaPorts[index] ?? 0,
        advertisedPort,
      }),
    );
    const temporalSettings = new Map<string, number | boolean>();
    const temporalAddress = `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}`;
    const bundled = bundleWorkflows(settings);
    bundled.catch(() => {});
    const startPair = async () => stack.use(await startPostgresPair(settings, postgresPort, keep));
    const [postgres, kafka, temporal] = await Promise.all([
      standby ? startPair() : startComponent(async () => startPostgres(settings)).then(keep),
      threeBrokers
        ? startKafkaCluster(settings, keep)
        : startComponent(async () => startKafka(settings, { extraListeners })).then(keep),
      startComponent(async () => launchTemporal(settings, Object.fromEntries(temporalSettings))).then(keep),
    ]);
    await Promise.all([
      bundled,
      createDatabases(superuserUrl(settings), secrets),
      configureTemporal({ address: temporalAddress }),
    ]);

    const postgresPair = 'promote' in postgres ? postgres : undefined;
    const primary = () => ('promote' in postgres ? postgres.primary.component : postgres);
    const kafkaCluster = 'brokers' in kafka ? kafka : undefined;
    const firstBroker = 'brokers' in kafka ? kafka.brokers.get(1) : kafka;
    if (!firstBroker) throw new Error('no broker was started');
    const log = createLogger('test', 'fatal');
    const brokers = kafkaCluster?.addresses ?? [`${LOOPBACK}:${settings.ports.KAFKA_PORT}`];
    const kafkaOptions = { brokers, clientId: 'test', log };
    const environments = throughLinks(serviceEnvironments(settings, secrets), links);
    if (kafkaCluster) {
      environments.orders['KAFKA_BROKERS'] = brokers.join(',');
      environments.workflows['KAFKA_BROKERS'] = brokers.join(',');
    }
    const services = new Map<ServiceName, Component[]>();
    const startOne = async (name: ServiceName, copy: number) => {
      const [port] = copy === 0 ? [environments[name]['PORT']] : await findFreePorts(1);
      const start = async () => {
        const from = sources();
        const environment = {
          ...environments[name],
          // Other sources may have other workflows.
          ...(name === 'workflows' && from === CHECKOUT && { WORKFLOW_BUNDLE: workflowBundleOf(settings) }),
          PORT: String(port),
          ...tell(name),
        };
        return startService(settings, name, environment, path.join(from, name, 'main.ts'));
      };
      return keep(await startComponent(start));
    };
    await Promise.all(
      SERVICE_NAMES.map(async (name) => {
        const starting = Array.from({ length: copies[name] ?? 1 }, async (_, copy) => startOne(name, copy));
        services.set(name, await Promise.all(starting));
      }),
    );
    const copiesOf = (name: ServiceName) => services.get(name) ?? [];
    return {
      settings,
      secrets,
      links,
      get postgres() {
        return primary();
      },
      postgresPair,
      kafka: firstBroker,
      kafkaCluster,
      temporal,
      temporalSettings,
      copiesOf,
      service(name) {
        const [component] = copiesOf(name);
        if (!component) throw new Error(`${name} was not started`);
        return component;
      },
      async repair() {
        await Promise.all(Object.values(links).map(async (link) => link.heal()));
        for (const link of Object.values(links)) link.delay(0);
        const start = async (component: Component) => {
          if (component.ended()) await component.start();
          else component.resume();
        };
        const infrastructure = [primary(), temporal, ...(kafkaCluster?.brokers.values() ?? [firstBroker])];
        if (postgresPair) infrastructure.push(postgresPair.standby.component);
        await Promise.all(infrastructure.map(start));
        const processes = [...services.values()].flat();
        await Promise.all(processes.map(start));
        await Promise.all(processes.map(untilReady));
      },
      client: stack.use(openGozonClient({ baseUrl: `http://${LOOPBACK}:${settings.ports.GATEWAY_PORT}` })),
      ordersDb: openPool(settings, 'orders', stack),
      paymentsDb: openPool(settings, 'payments', stack),
      databases: stack.use(openDatabases(superuserUrl(settings), log)),
      kafkaOptions,
      topics: openTopics(kafkaOptions),
      temporalAddress,
      [Symbol.asyncDispose]: async () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Roles that were cut off come back by themselves, each in its time. */
async function untilReady({ url }: Component): Promise<void> {
  await eventually(
    `${url} to be ready`,
    async () => {
      const reply = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
      assert.ok(reply.ok, await reply.text());
      return true;
    },
    { within: 80_000 },
  );
}

async function makeHome({
  systems,
  artifacts,
}: SystemOptions['place']): Promise<{ settings: Settings; secrets: Secrets }> {
  const home = path.join(systems, randomBytes(4).toString('hex'));
  mkdirSync(home, { recursive: true });
  const settings = readSettings({
    ...(await freePorts()),
    GOZON_HOME: home,
    GOZON_PARTS: artifacts,
    // Customers of tests are quicker than people: more than 25 of their changes may come in a second.
    RATE_LIMIT_PER_USER: '100',
  });
  return { settings, secrets: readSecrets(settings) };
}

async function openLinks(
  { ports }: Settings,
  { kafkaPorts, postgresPort }: { kafkaPorts: readonly number[]; postgresPort: number },
  stack: AsyncDisposableStack,
): Promise<Links> {
  const [ordersKafkaPort = 0, workflowsKafkaPort = 0] = kafkaPorts;
  const targets: Record<keyof Links, number> = {
    ordersToPostgres: postgresPort,
    ordersToKafka: ordersKafkaPort,
    workflowsToOrdersDb: postgresPort,
    workflowsToPaymentsDb: postgresPort,
    workflowsToKafka: workflowsKafkaPort,
    workflowsToTemporal: ports.TEMPORAL_PORT,
    paymentsToPostgres: postgresPort,
    gatewayToOrders: ports.ORDERS_PORT,
    gatewayToPayments: ports.PAYMENTS_PORT,
  };
  const opened = await Promise.all(
    LINK_NAMES.map(async (name) => [name, stack.use(await openLink(targets[name]))] as const),
  );
  return Object.fromEntries(opened) as Record<keyof Links, Link>;
}

function throughLinks(direct: Environments, links: Links): Environments {
  return {
    payments: {
      ...direct.payments,
      DATABASE_URL: through(direct.payments['DATABASE_URL'], links.paymentsToPostgres),
    },
    orders: {
      ...direct.orders,
      DATABASE_URL: through(direct.orders['DATABASE_URL'], links.ordersToPostgres),
      KAFKA_BROKERS: links.ordersToKafka.address,
    },
    workflows: {
      ...direct.workflows,
      ORDERS_DATABASE_URL: through(direct.workflows['ORDERS_DATABASE_URL'], links.workflowsToOrdersDb),
      PAYMENTS_DATABASE_URL: through(direct.workflows['PAYMENTS_DATABASE_URL'], links.workflowsToPaymentsDb),
      KAFKA_BROKERS: links.workflowsToKafka.address,
      TEMPORAL_ADDRESS: links.workflowsToTemporal.address,
    },
    gateway: {
      ...direct.gateway,
      ORDERS_URL: through(direct.gateway['ORDERS_URL'], links.gatewayToOrders),
      PAYMENTS_URL: through(direct.gateway['PAYMENTS_URL'], links.gatewayToPayments),
    },
  };
}

function through(address: string | undefined, link: Link): string {
  const url = new URL(address ?? '');
  url.port = String(link.port);
  // The path of a bare http:// URL is "/", which was not there before.
  return url.pathname === '/' ? url.href.slice(0, -1) : url.href;
}

function openPool(settings: Settings, database: 'orders' | 'payments', stack: AsyncDisposableStack): pg.Pool {
  const url = new URL(superuserUrl(settings));
  url.pathname = `/${database}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 4, connectionTimeoutMillis: 5_000 });
  // Tests kill PostgreSQL on purpose; unheard, this would end them.
  pool.on('error', () => {});
  stack.defer(async () => pool.end());
  return pool;
}

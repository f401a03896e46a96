import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createCustomerClient } from '@gozon/client';
import type { Customer } from '@gozon/client';
import { execa } from 'execa';
import pg from 'pg';
import { createAuthority } from '#test/support/access/certificates.ts';
import { composeEnvironments } from '#test/support/access/compose-environments.ts';
import { NO_PGBOUNCER, startPgbouncer } from '#test/support/access/pgbouncer.ts';
import { startSecureKafka } from '#test/support/access/secure-kafka.ts';
import { startSecurePostgres } from '#test/support/access/secure-postgres.ts';
import { openTlsProxy } from '#test/support/access/tls-proxy.ts';
import { AUDIENCE, ISSUER, pairs, publishKeys, tokenOf } from '#test/support/issuer.ts';
import { openHome } from '#test/support/open-home.ts';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startService } from '#tools/stack/components/service.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import { bundleWorkflows, workflowBundleOf } from '#tools/stack/components/workflow-bundle.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { startComponent } from '#tools/testbed/component.ts';
import type { Component } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const secret = () => randomBytes(24).toString('hex');

/** As docs/deployment.md asks for it, outside dev. */
const ENV = {
  ENVIRONMENT: 'production',
  IDENTITY: 'jwt',
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  SERVICE_SECRET: secret(),
  SIGNING_KEYS: secret(),
  ORDERS_DB_PASSWORD: secret(),
  PAYMENTS_DB_PASSWORD: secret(),
  WORKFLOWS_DB_PASSWORD: secret(),
  TEMPORAL_DB_PASSWORD: secret(),
};
const KAFKA_PASSWORDS = { orders: secret(), workflows: secret() };

type Environments = Record<ServiceName, Record<string, string>>;

describe('the services, with their parts elsewhere as docs/deployment.md shows,', function () {
  this.timeout(200_000);
  const stack = new AsyncDisposableStack();
  let settings: Settings;
  let environments: Environments;
  let postgres: Component;
  let superuserUrl: string;
  let authority: string;
  let services: Component[] = [];
  let gateway: string;

  before(async () => {
    settings = await openHome(stack);
    const names = ['localhost', LOOPBACK];
    const signer = await createAuthority('Authority of tests');
    authority = signer.cert;
    const client = await signer.issue('workflows');
    const secrets = path.join(settings.home, 'secrets');
    mkdirSync(secrets);
    const write = (name: string, text: string) => writeFileSync(path.join(secrets, name), `${text.trim()}\n`);
    for (const name of ['db-ca', 'kafka-ca', 'temporal-ca']) write(name, authority);
    write('temporal-cert', client.cert);
    write('temporal-key', client.key);
    for (const [name, password] of Object.entries(KAFKA_PASSWORDS)) write(`${name}-kafka-password`, password);

    const [database, kafka, temporal, keys] = await Promise.all([
      startSecurePostgres(settings, signer, await signer.issue('postgres', { names })),
      startSecureKafka(settings, signer, KAFKA_PASSWORDS),
      startComponent(async () => startTemporal(settings)),
      publishKeys(),
      bundleWorkflows(settings),
    ]);
    stack.use(keys);
    for (const component of [database.component, kafka.component, temporal])
      stack.defer(async () => component.kill());
    postgres = database.component;
    const proxy = stack.use(
      await openTlsProxy(temporal.url, await signer.issue('temporal', { names }), authority),
    );

    const free = await findFreePorts(SERVICE_NAMES.length);
    const ports = Object.fromEntries(SERVICE_NAMES.map((name, index) => [name, String(free[index])]));
    gateway = `http://${LOOPBACK}:${ports['gateway']}`;
    /** Only hosts, ports and the folder of the secrets are others than on the page. */
    const here = (value: string) =>
      value
        .replaceAll('db.example:5432', `localhost:${settings.ports.POSTGRES_PORT}`)
        .replaceAll(/kafka\d\.example:9093/g, kafka.addresses.LOGIN)
        .replaceAll('temporal.example:7233', proxy.address)
        .replaceAll(
          /(?<=http:\/\/)(orders|payments|workflows):8080/g,
          (_all, name) => `${LOOPBACK}:${ports[name]}`,
        )
        .replaceAll('/run/secrets', secrets);
    const told = composeEnvironments({ ...ENV, JWKS_URL: keys.url });
    const image = { HOST: LOOPBACK, WORKFLOW_BUNDLE: workflowBundleOf(settings) };
    environments = Object.fromEntries(
      SERVICE_NAMES.map((name) => {
        const own = Object.entries(told[name]).map(([key, value]) => [key, here(value)]);
        return [name, { ...image, ...Object.fromEntries(own), PORT: ports[name] }];
      }),
    ) as Environments;

    const { TEMPORAL_NAMESPACE: _own, ...workflows } = environments.workflows;
    const ofTemporal = Object.entries(workflows).filter(([name]) => name.startsWith('TEMPORAL_'));
    const url = new URL(postgres.url);
    superuserUrl = url.href;
    url.hostname = 'localhost';
    url.search = `sslmode=verify-full&sslrootcert=${path.join(secrets, 'db-ca')}`;
    await setUp('set-up-databases', { ...ENV, SUPERUSER_URL: url.href });
    await setUp('set-up-temporal', { ...ENV, ...Object.fromEntries(ofTemporal) });
    services = await start(environments);
  });

  after(async () => stack.disposeAsync());

  async function start(of: Environments): Promise<Component[]> {
    return Promise.all(
      SERVICE_NAMES.map(async (name) => {
        const component = await startComponent(async () => startService(settings, name, of[name]));
        stack.defer(async () => component.kill());
        return component;
      }),
    );
  }

  it('refer to nothing of compose and nothing of the page any more', () => {
    const {
      gateway: { TEMPORAL_UI_URL: _link, JWT_ISSUER: _issuer, ...rest },
      ...others
    } = environments;
    const values = [rest, ...Object.values(others)].flatMap(Object.values);
    assert.ok(values.length > 30);
    assert.deepEqual(
      values.filter((value) => /\.example|:8080|@postgres|\/run\//.test(value)),
      [],
    );
  });

  it('pay an order and capture a hold, over TLS to PostgreSQL, Kafka and Temporal', async () => {
    await using shop = await openShop(gateway);
    await buyAndCapture(shop.merchant);
    const client = new pg.Client({ connectionString: superuserUrl });
    await client.connect();
    const { rows } = await client.query<{ role: string; plain: number }>(
      `select usename as role, count(*) filter (where not ssl)::int as plain
       from pg_stat_activity join pg_stat_ssl using (pid)
       where usename in ('orders', 'payments', 'workflows') group by usename order by usename`,
    );
    await client.end();
    assert.deepEqual(
      rows,
      ['orders', 'payments', 'workflows'].map((role) => ({ role, plain: 0 })),
    );
  });

  it('log no secret', () => {
    const key = readFileSync(path.join(settings.home, 'secrets/temporal-key'), 'utf8').split('\n')[1] ?? '';
    const secrets = [...Object.values(KAFKA_PASSWORDS), key];
    for (const [name, value] of Object.entries(ENV))
      if (/SECRET|KEYS|PASSWORD/.test(name)) secrets.push(value);
    assert.ok(secrets.every((one) => one.length > 40));
    const logs = readdirSync(settings.logs).filter((file) =>
      /^(orders|payments|workflows|gateway)/.test(file),
    );
    assert.ok(logs.length >= SERVICE_NAMES.length);
    for (const file of logs) {
      const text = readFileSync(path.join(settings.logs, file), 'utf8');
      assert.ok(text.length > 0);
      assert.deepEqual(
        secrets.filter((one) => text.includes(one)),
        [],
        file,
      );
    }
  });

  it('end with one sentence and exit code 78 when a certificate is missing', async () => {
    const DATABASE_URL = environments.payments['DATABASE_URL']?.replace('db-ca', 'nothing') ?? '';
    const { exitCode, stdout, stderr } = await run('payments/main.ts', {
      ...environments.payments,
      DATABASE_URL,
    });
    assert.deepEqual(
      { exitCode, stdout, stderr },
      {
        exitCode: 78,
        stdout: '',
        stderr:
          'payments: Settings are wrong. DATABASE_URL: its sslrootcert must be the path of a certificate in PEM: there is no such file.',
      },
    );
  });

  it('do the same through PgBouncer in session mode', async function () {
    const pooler = await startPgbouncer(settings, {
      port: settings.ports.POSTGRES_PORT,
      users: {
        orders: ENV.ORDERS_DB_PASSWORD,
        payments: ENV.PAYMENTS_DB_PASSWORD,
        workflows: ENV.WORKFLOWS_DB_PASSWORD,
      },
      authority,
    });
    if (!pooler) {
      console.log(`    ${NO_PGBOUNCER}`);
      this.skip();
    }
    stack.defer(async () => pooler.component.kill());
    await Promise.all(services.map(async (service) => service.terminate()));
    const pooled = Object.fromEntries(
      SERVICE_NAMES.map((name) => [
        name,
        Object.fromEntries(
          Object.entries(environments[name]).map(([key, value]) => [
            key,
            key.endsWith('DATABASE_URL') ? pooler.through(value) : value,
          ]),
        ),
      ]),
    ) as Environments;
    await start(pooled);
    await using shop = await openShop(gateway);
    await buyAndCapture(shop.merchant);
    // The pooler's sessions on the server end. Each client of it is told, and comes back.
    await postgres.kill('SIGQUIT');
    await postgres.start();
    await eventually(
      'an order after the restart',
      async () => buyAndCapture(shop.merchant).then(() => true),
      {
        within: 60_000,
      },
    );
  });
});

/** Runs a one-shot of compose. */
async function setUp(name: string, environment: Record<string, string>): Promise<void> {
  const { exitCode, stdout, stderr } = await run(`deploy/${name}.ts`, environment);
  assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 0, stdout: `${name}: done`, stderr: '' });
}

async function run(script: string, env: Record<string, string>) {
  return execa(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    cwd: CHECKOUT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  });
}

/** A customer with an account, who is a merchant too, by a token. */
async function openShop(baseUrl: string): Promise<AsyncDisposable & { merchant: Customer }> {
  const client = openGozonClient({ baseUrl });
  const userId = randomUUID();
  const token = await tokenOf({ sub: userId, roles: ['merchant'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
    .sign(pairs.EdDSA.privateKey);
  const identity = { Authorization: `Bearer ${token}` };
  const merchant = createCustomerClient(userId, {
    send: async (given) => client.send({ ...given, headers: { ...identity, ...given.headers } }),
    open: async (route, { headers, signal }) =>
      fetch(new URL(route, baseUrl), { signal, headers: { ...identity, ...headers } }),
  });
  await merchant.openAccount();
  await merchant.topUp(10_000n);
  return { merchant, [Symbol.asyncDispose]: async () => client[Symbol.asyncDispose]() };
}

async function buyAndCapture(merchant: Customer): Promise<void> {
  const until = async (orderId: string, status: string) =>
    eventually(
      `order ${orderId} to be ${status}`,
      async () => (await merchant.order(orderId)).status === status,
    );
  const { orderId } = await merchant.placeOrder({ amount: 700n });
  await until(orderId, 'paid');
  const held = await merchant.placeOrder({ amount: 500n, captureMethod: 'manual' });
  await until(held.orderId, 'authorized');
  await merchant.captureOrder(held.orderId, { amount: 300n });
  await until(held.orderId, 'paid');
}

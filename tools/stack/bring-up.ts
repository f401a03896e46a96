import { setMaxListeners } from 'node:events';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { createDatabases } from '#deploy/create-databases.ts';
import { buildDashboard } from './components/build-dashboard.ts';
import { startKafka } from './components/kafka.ts';
import { startPostgres, superuserUrl } from './components/postgres.ts';
import { serviceEnvironments, SERVICE_NAMES } from './components/service-environments.ts';
import type { ServiceName } from './components/service-environments.ts';
import { startService } from './components/service.ts';
import { startTemporal } from './components/temporal.ts';
import { bundleWorkflows, workflowBundleOf } from './components/workflow-bundle.ts';
import type { Journal } from './processes/journal.ts';
import type { Running } from './processes/launch.ts';
import { supervise } from './processes/supervise.ts';
import type { Supervised } from './processes/supervise.ts';
import { readSecrets } from './settings/secrets.ts';
import { LOOPBACK } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';
import { runTasks } from './task-list.ts';
import type { Task } from './task-list.ts';

interface BringUpOptions {
  infra: boolean;
  signal: AbortSignal;
  journal: Journal;
}
type Start = () => Promise<Running>;

/** Starts everything, and restarts what ends from then on. A component that cannot start the first time is an error. */
export async function bringUp(
  settings: Settings,
  { infra, signal, journal }: BringUpOptions,
): Promise<readonly Supervised[]> {
  setMaxListeners(50, signal);
  const secrets = readSecrets(settings);
  const components: Supervised[] = [];
  /** @param prepare what it must have, which it may have lost while it was down */
  const task = (title: string, start: Start, prepare = async () => {}): Task => ({
    title,
    run: async () => {
      const began = performance.now();
      const running = await start();
      const restart = async () => {
        const restarted = await start();
        await prepare();
        return restarted;
      };
      components.push({ name: running.name, start: restart, running, up: true });
      await prepare();
      return `${title}, ready after ${((performance.now() - began) / 1000).toFixed(1)} s`;
    },
  });
  const environments = serviceEnvironments(settings, secrets);
  environments.workflows['WORKFLOW_BUNDLE'] = workflowBundleOf(settings);
  if (settings.controls)
    environments.gateway['STACK_URL'] = `http://${LOOPBACK}:${settings.ports.STACK_PORT}`;
  const service = (name: ServiceName) => task(name, () => startService(settings, name, environments[name]));
  try {
    await runTasks([
      ...(infra
        ? []
        : [
            { title: 'Dashboard', run: buildDashboard },
            { title: 'Workflow code', run: async () => bundleWorkflows(settings) },
          ]),
      task(
        'PostgreSQL',
        () => startPostgres(settings),
        () => createDatabases(superuserUrl(settings), secrets),
      ),
      task('Kafka', () => startKafka(settings)),
      task(
        'Temporal',
        () => startTemporal(settings),
        () => configureTemporal({ address: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}` }),
      ),
    ]);
    if (!infra && !signal.aborted) await runTasks(SERVICE_NAMES.map(service));
  } catch (error) {
    // After a shutdown signal, starts fail for that reason.
    if (!signal.aborted) throw error;
  }
  for (const component of components) void supervise(component, { signal, journal });
  return components;
}

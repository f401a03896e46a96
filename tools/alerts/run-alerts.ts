import { mkdirSync } from 'node:fs';
import { showProgress } from '#tools/load/generate/load-progress.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startSystem } from '#tools/testbed/system.ts';
import type { System, SystemOptions } from '#tools/testbed/system.ts';
import { fireAlerts } from './fire-alerts.ts';
import type { AlertResult } from './fire-alerts.ts';
import { placeSteadily } from './place-steadily.ts';
import type { Provocation } from './provocations/provocation.ts';
import { tellResult } from './report-alerts.ts';
import { startPrometheus } from './start-prometheus.ts';
import type { PrometheusOptions, RunningPrometheus } from './start-prometheus.ts';

export interface RunAlertsOptions extends Omit<PrometheusOptions, 'jobs'> {
  readonly provocations: readonly Provocation[];
  readonly place: SystemOptions['place'];
  /** Aborts on a shutdown signal. */
  readonly signal: AbortSignal;
  /** Called while the alerts of each provocation fire. */
  readonly onFiring?: (prometheus: RunningPrometheus, provocation: Provocation) => Promise<void>;
  /** Called with the results of each provocation. */
  readonly onResults?: (results: readonly AlertResult[]) => void;
}

/** In s: RECONCILE_EVERY's default, with which an alert compares. */
const RECONCILE_EVERY = 600;

/** Starts a system, a few orders a second and Prometheus, and fires the alerts of each provocation, one after the other. */
export async function runAlerts(options: RunAlertsOptions): Promise<AlertResult[]> {
  const { provocations, factor, place, signal } = options;
  let sources: string = CHECKOUT;
  mkdirSync(place.systems, { recursive: true });
  console.log('Starting a system and Prometheus.');
  await using system = await startSystem({
    place,
    sources: () => sources,
    tell: (name): Record<string, string> =>
      name === 'workflows' ? { RECONCILE_EVERY: String(Math.ceil(RECONCILE_EVERY / factor)) } : {},
  });
  const prometheus = await startPrometheus(system.settings, { ...options, jobs: jobsOf(system) });
  await using _load = await placeSteadily(system);
  const victim = {
    system,
    prometheus,
    folder: system.settings.home,
    useSources: (given = CHECKOUT) => void (sources = given),
  };
  const fireAll = async () => {
    const results: AlertResult[] = [];
    for (const [index, provocation] of provocations.entries()) {
      const title = `${index + 1} of ${provocations.length}`;
      const onFiring = async () => options.onFiring?.(prometheus, provocation);
      const slower = Math.min(factor, provocation.factor ?? factor);
      await prometheus.divideBy(slower);
      const found = await showProgress(title, async (say) =>
        fireAlerts(provocation, victim, { say, factor: slower, onFiring }),
      );
      for (const result of found) console.log(tellResult(result));
      options.onResults?.(found);
      results.push(...found);
    }
    return results;
  };
  return await Promise.race([fireAll(), untilAborted(signal)]);
}

function jobsOf(system: System): Record<ServiceName, string[]> {
  const copies = SERVICE_NAMES.map((name) => [
    name,
    system.copiesOf(name).map(({ url }) => new URL(url).host),
  ]);
  return Object.fromEntries(copies) as Record<ServiceName, string[]>;
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

import path from 'node:path';
import { launch } from '#tools/stack/processes/launch.ts';
import { STAGES } from '#tools/stack/processes/stop-processes.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { writePrometheusFolder, writeTargets } from './prometheus-folder.ts';
import type { Targets } from './prometheus-folder.ts';
import { shortenDuration } from './shorten.ts';

/** A Prometheus that scrapes a system and evaluates our rules, for which time goes by faster. */
export interface RunningPrometheus {
  readonly url: string;
  /** Where its configuration and its rules are. */
  readonly folder: string;
  /** By its API: those that are pending or fire, at this moment. */
  alerts(): Promise<readonly Alert[]>;
  /** Tells it which copies there are. Those of jobs that are not named stay. */
  tell(jobs: Targets): void;
  /** Divides each duration by another number from now on. */
  divideBy(factor: number): Promise<void>;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface PrometheusOptions {
  readonly program: string;
  /** The folder of its own pages, where they are not in the program. */
  readonly pages?: string | undefined;
  readonly jobs: Targets;
  /** By what each duration is divided. */
  readonly factor: number;
}

/** In Prometheus' words: how old the last sample of a series may be. */
const LOOKBACK = '5m';
/** In ms. */
const ANSWERS_WITHIN = 5_000;

/** Its process is one of the system's, which ends with it. */
export async function startPrometheus(
  settings: Settings,
  { program, pages, jobs, factor }: PrometheusOptions,
): Promise<RunningPrometheus> {
  const folder = path.join(settings.data, 'prometheus');
  const file = writePrometheusFolder(folder, factor);
  writeTargets(folder, jobs);
  const [port] = await findFreePorts(1);
  const url = `http://${LOOPBACK}:${port}`;
  const ask = async (route: string) =>
    fetch(new URL(route, url), { signal: AbortSignal.timeout(ANSWERS_WITHIN) });
  await launch(settings, {
    name: 'prometheus',
    url,
    command: program,
    args: [
      `--config.file=${file}`,
      `--web.listen-address=${LOOPBACK}:${port}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      '--web.enable-lifecycle',
      `--query.lookback-delta=${shortenDuration(LOOKBACK, factor)}`,
      ...(pages === undefined ? [] : [`--web.local-assets=${pages}`]),
    ],
    env: { PATH: process.env['PATH'] },
    cwd: folder,
    stage: STAGES.gateway,
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
    readyWithinMs: 60_000,
    isReady: async () =>
      ask('/-/ready').then(
        (reply) => reply.ok,
        () => false,
      ),
  });
  return {
    url,
    folder,
    async alerts() {
      const reply = await ask('/api/v1/alerts');
      const { data } = (await reply.json()) as { readonly data: { readonly alerts: readonly Alert[] } };
      return data.alerts;
    },
    tell: (told) => writeTargets(folder, told),
    async divideBy(another) {
      writePrometheusFolder(folder, another);
      const reply = await fetch(new URL('/-/reload', url), { method: 'POST' });
      if (!reply.ok) throw new Error(`Prometheus does not take its rules: ${await reply.text()}`);
    },
  };
}

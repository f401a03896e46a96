import path from 'node:path';
import { STOP_GRACE } from '#contracts/values/deadlines.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { CHECKOUT } from '../bootstrap/folders.js';
import { launch } from '../processes/launch.ts';
import type { Running } from '../processes/launch.ts';
import { STAGES } from '../processes/stop-processes.ts';
import type { Settings } from '../settings/settings.ts';
import type { ServiceName } from './service-environments.ts';

/**
 * Starts one of the services with an environment of `serviceEnvironments`. Ready when its /health/ready answers 200.
 * `main` runs another program in its place, such as an older copy of it.
 */
export async function startService(
  settings: Pick<Settings, 'home' | 'logs'>,
  name: ServiceName,
  environment: Record<string, string>,
  main: string = path.join(CHECKOUT, name, 'main.ts'),
): Promise<Running> {
  const url = `http://127.0.0.1:${environment['PORT']}`;
  let lastAnswer = 'no answer';
  return launch(settings, {
    name,
    url,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', ...preloads(name, main), main],
    env: { ...inherited(), TZ: 'UTC', NODE_ENV: 'production', ...environment },
    cwd: CHECKOUT,
    stage: name === 'gateway' ? STAGES.gateway : STAGES.services,
    stopSignal: 'SIGTERM',
    graceMs: STOP_GRACE,
    readyWithinMs: 60_000,
    isReady: async () => {
      try {
        const reply = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
        lastAnswer = await reply.text();
        return reply.ok;
      } catch (error) {
        lastAnswer = describeError(error);
        return false;
      }
    },
    whyNot: () => lastAnswer,
  });
}

/** As in the images. */
function preloads(name: ServiceName, main: string): string[] {
  return name === 'workflows' ? [`--import=${path.join(path.dirname(main), 'workflow-thread.ts')}`] : [];
}

/** All that a service inherits from our own environment: its settings come from `environment` alone. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(['PATH', 'HOME', 'NODE_COMPILE_CACHE'].map((name) => [name, process.env[name]]));
}

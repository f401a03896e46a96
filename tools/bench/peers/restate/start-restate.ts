import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { artifactFolder, artifactIn, isFetched } from '#tools/stack/bootstrap/artifacts.js';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { launch } from '#tools/stack/processes/launch.ts';
import { STAGES } from '#tools/stack/processes/stop-processes.ts';
import { cleanEnvironment } from '#tools/stack/settings/clean-environment.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';

const ARTIFACT = artifactIn('restate-1.7.12');

/** Why it cannot be started, if it cannot. */
export function restateIsMissing(): string | undefined {
  if (isFetched(ARTIFACT)) return undefined;
  return `Restate's server is not here: npm run bench:restate downloads it once (${ARTIFACT.megabytes} MB).`;
}

/** Restate's server on one node, with its data in a folder of its own. */
export async function startRestate({ home, logs, data }: Settings, name: string) {
  const missing = restateIsMissing();
  if (missing !== undefined) throw new UserError(missing);
  const [ingress, admin, fabric] = await findFreePorts(3);
  const folder = path.join(data, name);
  mkdirSync(folder, { recursive: true });
  const url = (port = 0) => `http://${LOOPBACK}:${port}`;
  const server = await launch(
    { home, logs },
    {
      name,
      url: url(ingress),
      command: path.join(
        artifactFolder(ARTIFACT),
        `node_modules/@restatedev/restate-server-linux-${process.arch}/bin/restate-server`,
      ),
      args: ['--no-logo', '--listen-mode=tcp', `--base-dir=${folder}`, '--node-name=bench'],
      env: {
        ...cleanEnvironment(folder),
        RESTATE_INGRESS__BIND_ADDRESS: `${LOOPBACK}:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `${LOOPBACK}:${admin}`,
        RESTATE_BIND_ADDRESS: `${LOOPBACK}:${fabric}`,
        RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_LOG_FILTER: 'warn',
        RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '1 GiB',
        RESTATE_ADMIN__QUERY_ENGINE__MEMORY_SIZE: '256 MiB',
        RESTATE_BIFROST__RECORD_CACHE_MEMORY_SIZE: '128 MiB',
        // By default 24. Of 300 orders at once, each took 1.7 ms of its CPU with 24 and 1.25 with 4, on two cores.
        RESTATE_DEFAULT_NUM_PARTITIONS: '4',
      },
      cwd: folder,
      stage: STAGES.infrastructure,
      stopSignal: 'SIGKILL',
      graceMs: 1_000,
      readyWithinMs: 60_000,
      isReady: async () =>
        (await answers(`${url(ingress)}/restate/health`)) && (await answers(`${url(admin)}/health`)),
    },
  );
  return Object.assign(server, { ingress: url(ingress), admin: url(admin) });
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (reply) => reply.ok,
    () => false,
  );
}

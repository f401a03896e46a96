import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { startService } from '#tools/stack/components/service.ts';
import { launch } from '#tools/stack/processes/launch.ts';
import { STAGES } from '#tools/stack/processes/stop-processes.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Rig } from '../../open-rig.ts';
import type { PeerProcess, RunningPeer } from '../peer.ts';
import { openShop } from './open-shop.ts';
import { READY, toEnvironment } from './peer-settings.ts';
import type { PeerSettings } from './peer-settings.ts';

export interface Program {
  readonly name: string;
  /** From the checkout. */
  readonly file: string;
  /** Modules that are loaded before it, from the checkout. */
  readonly preload?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StartedProgram extends PeerProcess {
  readonly url: string;
}

/** Starts a program of a peer on a port of its own. It ends with the stack, at once: a peer must bear that. */
export async function startProgram(
  rig: Rig,
  stack: AsyncDisposableStack,
  settings: Omit<PeerSettings, 'port'>,
  { name, file, preload = [], environment = {} }: Program,
): Promise<StartedProgram> {
  const [port = 0] = await findFreePorts(1);
  const url = `http://${LOOPBACK}:${port}`;
  const imports = preload.map((one) => `--import=${path.join(CHECKOUT, one)}`);
  const { pid } = stack.use(
    await launch(rig.settings, {
      name: `${settings.peer}-${name}`,
      url,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', ...imports, path.join(CHECKOUT, file)],
      env: {
        PATH: process.env['PATH'],
        HOME: rig.settings.home,
        TZ: 'UTC',
        NODE_ENV: 'production',
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        ...toEnvironment({ ...settings, port }),
        ...environment,
      },
      cwd: CHECKOUT,
      stage: STAGES.services,
      stopSignal: 'SIGKILL',
      graceMs: 1_000,
      readyWithinMs: 60_000,
      isReady: async (logged) => logged(`${READY}\n`),
    }),
  );
  return { name, pid, url };
}

/**
 * Starts a peer whose programs are `run-<name>.ts` of its folder, the one that takes orders first, on databases of its own.
 */
export async function startShop(
  rig: Rig,
  stack: AsyncDisposableStack,
  peer: string,
  names: readonly [string, ...string[]],
): Promise<RunningPeer> {
  const { settings, accounts } = await openShop(rig, stack, peer);
  const programs = await Promise.all(
    names.map(async (name) =>
      startProgram(rig, stack, settings, { name, file: `tools/bench/peers/${peer}/run-${name}.ts` }),
    ),
  );
  const gateway = await startGateway(rig, stack, programs[0]?.url ?? '');
  return { baseUrl: gateway.url, processes: [gateway, ...programs], ...accounts };
}

/** The product's own gateway, before the service of a peer that takes orders. */
export async function startGateway(
  rig: Rig,
  stack: AsyncDisposableStack,
  ordersUrl: string,
): Promise<StartedProgram> {
  const [port] = await findFreePorts(1);
  const environment = { ...rig.environments.gateway, PORT: String(port), ORDERS_URL: ordersUrl };
  const { pid, url } = stack.use(await startService(rig.settings, 'gateway', environment));
  return { name: 'gateway', pid, url };
}

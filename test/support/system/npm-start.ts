import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import type { GozonClient } from '#tools/load/generate/gozon-client.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { infrastructure, systemsFolder } from '../infrastructure.ts';

/** What `npm start` runs, in a home and on ports of its own. */
export interface RunningStack extends AsyncDisposable {
  readonly settings: Settings;
  readonly client: GozonClient;
  /** All that it printed so far. */
  output(): string;
  /** As Ctrl-C does. @returns its exit code, all that it printed, and how long it took in ms */
  stop(): Promise<{ code: number | null; output: string; ms: number }>;
}

/** How long it may take to build the dashboard and start everything, on a machine that is busy; in ms. */
const STARTED_WITHIN = 240_000;

export async function npmStart(options: NpmStartOptions = {}): Promise<RunningStack> {
  const shared = infrastructure().settings;
  const home = path.join(systemsFolder(shared), randomBytes(4).toString('hex'));
  mkdirSync(home, { recursive: true });
  return startIn({ ...(await freePorts()), GOZON_HOME: home, GOZON_PARTS: shared.artifacts }, options);
}

/** How it is started: by default `start.ts` alone, by the Node that runs us, in this checkout, as this user. */
export interface NpmStartOptions {
  readonly checkout?: string;
  readonly user?: { uid: number; gid: number } | undefined;
  /** Node's own options. */
  readonly nodeOptions?: string;
  readonly words?: readonly string[];
}

/** @param environment ports, GOZON_HOME and GOZON_PARTS */
export async function startIn(
  environment: Record<string, string>,
  { checkout = CHECKOUT, user, nodeOptions = '', words = ['tools/stack/start.ts'] }: NpmStartOptions = {},
): Promise<RunningStack> {
  const settings = readSettings(environment);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], {
    cwd: checkout,
    env: { ...process.env, ...environment, NODE_OPTIONS: nodeOptions },
    ...user,
    // The channel closes when this process is killed, and then it stops as at Ctrl-C.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    const began = performance.now();
    if (!hasEnded()) child.kill('SIGINT');
    const [code] = await exited;
    return { code, output, ms: performance.now() - began };
  };
  const client = openGozonClient({ baseUrl: `http://${LOOPBACK}:${settings.ports.GATEWAY_PORT}` });
  const stack = {
    settings,
    client,
    output: () => output,
    stop,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await stop();
    },
  };
  try {
    await eventually('npm start to be up', () => hasEnded() || output.includes(' is up after '), {
      within: STARTED_WITHIN,
    });
    if (hasEnded()) throw new Error(`npm start ended:\n${output}`);
    return stack;
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

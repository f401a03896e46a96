import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processId } from '../bootstrap/processes/process-id.js';
import type { ProcessId } from '../bootstrap/processes/process-id.js';
import { withLock } from '../bootstrap/processes/with-lock.js';
import { UserError } from '../bootstrap/user-error.js';
import {
  claimProcessRegistry,
  removeProcessRegistry,
  readProcessRegistry,
  recordReaper,
  recordPhase,
} from './process-registry.ts';
import { stopProcesses } from './stop-processes.ts';

/**
 * Makes this process the one supervisor of a home folder. It stops what a killed supervisor left behind, and starts the
 * reaper, which does the same if this process is killed. Disposing stops all that still runs, in order, and lets nothing
 * new start. A holder that is starting or stopping is waited for, until it runs or has ended.
 * @param options.phase `starting` by who will record when everything is up
 * @throws UserError when a live process holds the home
 */
export async function acquireSupervisorLock(
  home: string,
  say: (line: string) => void = () => {},
  { phase, signal }: { phase?: 'starting'; signal?: AbortSignal } = {},
): Promise<AsyncDisposable> {
  // Of two that find the same supervisor dead, the second must not clear away the first.
  await withLock(
    path.join(home, 'run.lock'),
    () => {},
    async () => {
      await untilSettled(home, say, signal);
      await clearStaleRegistry(home, say);
      if (!claimProcessRegistry(home, phase)) throw new Error(`${home} was claimed without its lock`);
    },
  );
  const sayGoodbye = startReaper(home);
  return {
    async [Symbol.asyncDispose]() {
      recordPhase(home, 'stopping');
      await stopProcesses(readProcessRegistry(home)?.processes ?? [], say);
      removeProcessRegistry(home);
      await sayGoodbye();
    },
  };
}

/** Waits while another process starts or stops what runs in the home. */
async function untilSettled(
  home: string,
  say: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const busy = () => {
    const registry = readProcessRegistry(home);
    return registry?.phase && isAlive(registry.supervisor) ? registry : undefined;
  };
  const first = busy();
  if (first) say(`Process ${first.supervisor.pid} is ${first.phase} Gozon in ${home}. Waiting for it.`);
  while (busy()) {
    if (signal?.aborted) return;
    await sleep(200);
  }
}

/** Stops what a killed supervisor left behind. @throws UserError when the supervisor is alive */
export async function clearStaleRegistry(home: string, say: (line: string) => void): Promise<void> {
  const registry = readProcessRegistry(home);
  if (registry && isAlive(registry.supervisor)) {
    throw new UserError(
      `Gozon is already running in ${home} (process ${registry.supervisor.pid}). Stop it first, or set GOZON_HOME and other ports for a second copy.`,
    );
  }
  if (registry?.processes.some(isAlive)) say('Stopping what the last run left behind.');
  // A live reaper is already stopping them. A second signal would cut their shutdown short.
  if (registry?.reaper) await untilGone(registry.reaper);
  await stopProcesses(registry?.processes ?? [], say);
  removeProcessRegistry(home);
}

async function untilGone(process: ProcessId): Promise<void> {
  while (isAlive(process)) await sleep(50);
}

/** @returns what ends the reaper */
function startReaper(home: string): () => Promise<void> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    path.join(import.meta.dirname, 'reaper.ts'),
    home,
    String(process.pid),
  ];
  const reaper = spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  recordReaper(home, reaper.pid === undefined ? undefined : processId(reaper.pid));
  reaper.stdin.on('error', () => {});
  return async () => {
    if (reaper.exitCode !== null || reaper.signalCode !== null) return;
    reaper.ref();
    reaper.stdin.end('goodbye');
    await once(reaper, 'exit');
  };
}
